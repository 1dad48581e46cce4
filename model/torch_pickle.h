/* The pickle of a PyTorch checkpoint: which tensors there are, and of which storages they are
 * views. Read by kgstore/base/pickle.h; nothing in it is ever executed. */
#ifndef KG_MODEL_TORCH_PICKLE_H
#define KG_MODEL_TORCH_PICKLE_H

#include "kgstore/base/array.h"
#include "kgstore/base/nameset.h"
#include "model/tensor_source.h"

/* A flat array in the file; count elements of dtype. */
typedef struct kg_torch_storage {
    const char *dtype;
    uint64_t count;
} kg_torch_storage;

/* Element (i, j, ...) is the storage's element offset + i stride[0] + j stride[1] + ... */
typedef struct kg_torch_tensor {
    kg_tensor_info info;
    uint32_t storage; /* its number */
    uint64_t offset, strides[KG_TENSOR_DIMENSIONS];
} kg_torch_tensor;

typedef struct kg_torch_pickle {
    kg_arena arena;
    kg_nameset keys;                     /* of the storages, by number */
    KG_ARRAY(kg_torch_storage) storages; /* by number */
    KG_ARRAY(kg_torch_tensor) tensors;
    size_t length; /* of the pickle, in bytes */
} kg_torch_pickle;

/* Read the pickle that content begins with into *p, which is zeroed: the tensors of a dict of
 * tensors, or of its member "state_dict"; what else a dict holds is passed over. No tensor has more
 * elements than its storage. Free *p in any case; it does not need content any longer.
 * KG_ERR_FORMAT, KG_ERR_MEMORY. */
kg_status kg_torch_pickle_read(kg_torch_pickle *p, kg_str content, const char *path, kg_error *err);
void kg_torch_pickle_free(kg_torch_pickle *p);

#endif
