/* Finding a function by name. */
#include "kgstore/cypher/functions.h"

#include <strings.h>

const cy_function *cy_function_find(kg_str name) {
    static const cy_function *const TABLES[] = {cy_functions_graph, cy_functions_list,
                                                cy_functions_text, cy_functions_number,
                                                cy_functions_time};
    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++)
        for (const cy_function *f = TABLES[i]; f->name; f++)
            if (strlen(f->name) == name.len && strncasecmp(f->name, name.data, name.len) == 0)
                return f;
    return NULL;
}
