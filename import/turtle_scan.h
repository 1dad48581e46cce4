/* Where statements of Turtle and TriG end, told without parsing them: after a fault a reader goes
 * on only where a statement can begin, never inside a string or a comment. */
#ifndef KG_IMPORT_TURTLE_SCAN_H
#define KG_IMPORT_TURTLE_SCAN_H

#include <stdbool.h>

typedef enum kg_turtle_place {
    KG_TURTLE_PLAIN, /* between and inside names; the state of a file's start */
    KG_TURTLE_DOT,   /* behind a full stop that may end a statement */
    KG_TURTLE_BRACE, /* behind { or } */
    KG_TURTLE_ESCAPE,
    KG_TURTLE_COMMENT,
    KG_TURTLE_IRI,
    KG_TURTLE_QUOTE,  /* behind the first quote */
    KG_TURTLE_QUOTES, /* behind two: an empty string, or a long one begins */
    KG_TURTLE_STRING,
    KG_TURTLE_LONG
} kg_turtle_place;

typedef struct kg_turtle_scan {
    kg_turtle_place place;
    char quote;    /* of a string */
    int run;       /* quotes seen together inside a long string */
    bool escaped;  /* the byte before was a backslash, in a string */
    bool in_graph; /* behind a { of TriG */
    bool braced;   /* there was one anywhere */
} kg_turtle_scan;

/* Take the next byte, each line with its end. true: a statement may begin at this byte. */
bool kg_turtle_scan_byte(kg_turtle_scan *scan, char c);

#endif
