/* The machine and the program, in words: for reports and `kg doctor`. */
#ifndef KG_HOST_MACHINE_H
#define KG_HOST_MACHINE_H

#include <stddef.h>

typedef struct kg_machine_fact {
    const char *name; /* static */
    char value[256];
} kg_machine_fact;

/* At most 8 facts: program, compiler, system, processor, processors, memory. Returns how many. */
size_t kg_machine_facts(kg_machine_fact facts[8]);

#endif
