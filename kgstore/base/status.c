#include "kgstore/base/status.h"

const char *kg_strerror(kg_status status) {
    switch (status) {
    case KG_OK:
        return "Success";
    case KG_ERR_MEMORY:
        return "Out of memory";
    case KG_ERR_ARGUMENT:
        return "Invalid argument";
    case KG_ERR_NOT_FOUND:
        return "Not found";
    case KG_ERR_EXISTS:
        return "Already exists";
    case KG_ERR_IO:
        return "Input or output failed";
    case KG_ERR_FULL:
        return "No room left";
    case KG_ERR_FORMAT:
        return "Malformed input";
    case KG_ERR_CORRUPT:
        return "Damaged data";
    case KG_ERR_VERSION:
        return "Unsupported version";
    case KG_ERR_BUSY:
        return "In use by another process";
    case KG_ERR_STALE:
        return "Out of date";
    case KG_ERR_LIMIT:
        return "Limit exceeded";
    case KG_ERR_NUMERIC:
        return "Not a finite number";
    case KG_ERR_CANCELLED:
        return "Cancelled";
    case KG_ERR_UNSUPPORTED:
        return "Not supported here";
    case KG_ERR_PLUGIN:
        return "Plugin fault";
    }
    return "Unknown status";
}
