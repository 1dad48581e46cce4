/* Statuses: the one enum that every function of kg that can fail returns. */
#ifndef KG_BASE_STATUS_H
#define KG_BASE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what libkgstore.so exports; everything else is hidden. */
#define KG_API __attribute__((visibility("default")))

typedef enum kg_status {
    KG_OK = 0,
    KG_ERR_MEMORY,    /* an allocation failed */
    KG_ERR_ARGUMENT,  /* the caller broke a function's contract, or an option's value makes no sense
                       */
    KG_ERR_NOT_FOUND, /* the thing named does not exist */
    KG_ERR_EXISTS,    /* the thing to be made exists already */
    KG_ERR_IO,        /* the system refused to read or write; errno's sentence is in the detail */
    KG_ERR_FULL,      /* disk, map or reader table has no room */
    KG_ERR_FORMAT,    /* input is not what its format says */
    KG_ERR_CORRUPT,   /* a store or checkpoint is damaged */
    KG_ERR_VERSION,   /* written by, or built for, a version that this one does not read */
    KG_ERR_BUSY,      /* another process holds it */
    KG_ERR_STALE,     /* computed from an older state of the graph, or opened before a fork */
    KG_ERR_LIMIT,     /* a documented limit was passed */
    KG_ERR_NUMERIC,   /* a computation gave NaN or infinity */
    KG_ERR_CANCELLED, /* the user asked to stop */
    KG_ERR_UNSUPPORTED, /* not available in this build or on this machine */
    KG_ERR_PLUGIN       /* a plugin broke its contract */
} kg_status;

/* One sentence without a full stop. Never NULL; static storage. */
KG_API const char *kg_strerror(kg_status status);

/* Return from the enclosing function with the status of expr unless it is KG_OK. */
#define KG_TRY(st, expr)                                                                           \
    do {                                                                                           \
        (st) = (expr);                                                                             \
        if ((st) != KG_OK)                                                                         \
            return (st);                                                                           \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
