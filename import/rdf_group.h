/* What RDF says of one subject until another comes: its literals, which become properties together,
 * and edges that it describes by reification (rdf:Statement, rdf:subject, rdf:predicate and
 * rdf:object), whose properties its literals are. Such a description may be scattered over the
 * files of a read; one that stands together is handed on as soon as it ends. */
#ifndef KG_IMPORT_RDF_GROUP_H
#define KG_IMPORT_RDF_GROUP_H

#include "import/reader.h"
#include "kgstore/base/arena.h"

typedef enum kg_rdf_part {
    KG_RDF_SUBJECT,
    KG_RDF_PREDICATE,
    KG_RDF_OBJECT,
    KG_RDF_TYPED, /* it is said to be an rdf:Statement */
    KG_RDF_PARTS
} kg_rdf_part;

typedef struct kg_rdf_group {
    kg_str subject; /* len 0: none */
    kg_str parts[KG_RDF_PARTS];
    KG_ARRAY(kg_property) properties;
    const char *file; /* where it began; NULL: in several places */
    uint64_t line;
} kg_rdf_group;

/* All zero bytes at first. */
typedef struct kg_rdf_groups {
    kg_rdf_group now; /* in `arena` */
    kg_arena arena;
    kg_nameset names;                  /* of subjects whose descriptions are not whole yet */
    KG_ARRAY(kg_rdf_group) unfinished; /* by number, in `kept` */
    kg_arena kept;
} kg_rdf_groups;

/* What is said next has this subject: hand on what was said of another. */
kg_status kg_rdf_group_begin(kg_rdf_groups *groups, kg_reader *reader, kg_str subject,
                             const char *file, uint64_t line, kg_error *err);

/* Does the subject describe an edge? */
bool kg_rdf_group_is_statement(const kg_rdf_groups *groups);

/* Add to what is said of the subject. KG_ERR_MEMORY. */
kg_status kg_rdf_group_add(kg_rdf_groups *groups, kg_str key, const kg_value *value);
kg_status kg_rdf_group_part(kg_rdf_groups *groups, kg_rdf_part part, kg_str name);

/* The end of a file (what stands for its name is void then), or of the read: hand on what is
 * whole, or all; descriptions that are not whole are counted as dropped. */
kg_status kg_rdf_groups_pause(kg_rdf_groups *groups, kg_reader *reader, kg_error *err);
kg_status kg_rdf_groups_end(kg_rdf_groups *groups, kg_reader *reader, kg_error *err);

void kg_rdf_groups_free(kg_rdf_groups *groups);

#endif
