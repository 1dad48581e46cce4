/* Embeddings in and out of a store's dense tables: ent_emb (E, d), rel_emb (R, dr) and rel_proj
 * (R, d * dr), a relation's row being its (d, dr) matrix row-major, all float32. rel_proj may be
 * absent (TransE). Rows are in the order of ids.
 *
 * Layouts: OpenKE's JSON {"ent_embeddings.weight": E x d, "rel_embeddings.weight": R x dr,
 * "transfer_matrix.weight": R x (d * dr)}; DGL-KE's .npy files <name>_TransR_entity.npy,
 * <name>_TransR_relation.npy and <name>_TransRprojection.npy (TransE: <name>_TransE_entity.npy,
 * <name>_TransE_relation.npy), float32 (float64 is read too). */
#ifndef KG_IMPORT_EMBEDDINGS_H
#define KG_IMPORT_EMBEDDINGS_H

#include "kgstore/kgstore.h"

/* One matrix held in memory, row-major. */
typedef struct kg_matrix {
    uint64_t rows, columns;
    float *data; /* free(); NULL: absent */
} kg_matrix;

typedef struct kg_embeddings {
    kg_matrix entities, relations, projections;
} kg_embeddings;

/* Read a file (OpenKE JSON, told by its content, maybe gzipped) or a folder (DGL-KE .npy). *out is
 * the caller's: kg_embeddings_free, also after failure. KG_ERR_FORMAT, KG_ERR_NOT_FOUND, KG_ERR_IO,
 * KG_ERR_MEMORY. */
kg_status kg_embeddings_read(kg_embeddings *out, const char *path, kg_error *err);

/* The same of OpenKE's JSON in memory; *out is zeroed first by the caller. `name` is for messages.
 */
kg_status kg_embeddings_parse_openke(kg_embeddings *out, kg_str content, const char *name,
                                     kg_error *err);

void kg_embeddings_free(kg_embeddings *embeddings);

/* Put them into the store as its tables, after checking that there is a row for each entity and
 * each relation: KG_ERR_FORMAT where not. Tables that are absent in *embeddings are deleted
 * from the store. */
kg_status kg_embeddings_store(kg_store *store, const kg_embeddings *embeddings, kg_error *err);

/* Write the snapshot's tables. KG_ERR_NOT_FOUND where it has none, KG_ERR_IO, KG_ERR_FULL. */
kg_status kg_embeddings_write_openke(kg_snapshot *snapshot, const char *path, kg_error *err);
kg_status kg_embeddings_write_dglke(kg_snapshot *snapshot, const char *folder, const char *name,
                                    kg_error *err);

#endif
