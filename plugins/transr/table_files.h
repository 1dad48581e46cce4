/* The tables of a training run as files of a folder, and as tables of a store.
 *
 * A checkpoint's folder holds model.json ({"model", "separate_projections", "norm"}) and matrices
 * as .npy files laid out as DGL-KE's: entity (E, d), relation (R, dr), projection (R, d dr) and,
 * for separate projections, projection_tail; beside each its sums of squares, NAME_square. */
#ifndef KG_TRANSR_TABLE_FILES_H
#define KG_TRANSR_TABLE_FILES_H

#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"
#include "plugins/transr/kge_tables.h"

/* Write parameters into an existing folder; squares too where `whole`. */
kg_status transr_folder_write(const char *folder, const transr_parameters *parameters,
                              const transr_recipe *recipe, bool whole, kg_error *err);

/* Fill parameters, whose shape must be that of the files: values, and squares where `whole`.
 * KG_ERR_CORRUPT: another shape. */
kg_status transr_folder_read(transr_parameters *parameters, const char *folder,
                             const transr_recipe *recipe, bool whole, kg_error *err);

/* Allocate and fill parameters from a folder's files, values only; recipe->d, dr, project, separate
 * and norm are set from them. */
kg_status transr_folder_open(transr_parameters *out, transr_recipe *recipe, const char *folder,
                             kg_error *err);

/* Write ent_emb, rel_emb, rel_proj (identities for TransE, so that a reader needs no second case)
 * and, for separate projections, rel_proj_tail to the host's store (a rel_proj_tail of an earlier
 * run is made 1 x 1, which says that there is none). */
kg_status transr_store_write(const kgp_host *host, kgp_snapshot *computed_from,
                             const transr_parameters *parameters, const transr_recipe *recipe,
                             kg_error *err);

/* Allocate and fill parameters from the store's tables. rel_proj makes it TransR, rel_proj_tail of
 * the same shape separate; recipe->d, dr, project and separate are set. KG_ERR_NOT_FOUND: the
 * store has no tables. */
kg_status transr_store_read(transr_parameters *out, transr_recipe *recipe,
                            const kgp_graph_read *graph, kgp_snapshot *snapshot, kg_error *err);

#endif
