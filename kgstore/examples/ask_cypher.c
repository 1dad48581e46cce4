/* What else people with a disease's symptoms may have. usage: ask_cypher STORE DISEASE
 *
 * A query is prepared once and may be run any number of times with other parameters. Rows come as
 * they are found. */
#include <kgstore/cypher.h>
#include <stdio.h>

static const char question[] =
    "MATCH (d:disease {name: $name})-[:has_symptom]->(s)<-[:has_symptom]-(other) "
    "RETURN other.name, count(s) AS shared ORDER BY shared DESC, other.name LIMIT 5";

static kg_status ask(kg_cypher *cypher, const char *disease, kg_error *err) {
    kg_cypher_query *query;
    kg_cell name = {.kind = KG_CELL_TEXT, .as.text = kg_str_from(disease)};
    kg_cell other, shared;
    bool row = false;
    kg_status st;
    KG_TRY(st, kg_cypher_prepare(&query, cypher, kg_str_from(question), NULL, err));
    st = kg_cypher_bind(query, KG_STR("name"), &name, err);
    while (st == KG_OK && (st = kg_cypher_step(&row, query, err)) == KG_OK && row) {
        st = kg_cypher_column(&other, query, 0);
        if (st == KG_OK)
            st = kg_cypher_column(&shared, query, 1);
        if (st == KG_OK)
            printf("%.*s\t%lld\n", KG_STR_ARG(other.as.text), (long long)shared.as.integer);
    }
    kg_cypher_free(query);
    return st;
}

int main(int argc, char **argv) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_cypher *cypher;
    char text[1024];
    if (argc != 3) {
        fprintf(stderr, "usage: %s STORE DISEASE\n", argv[0]);
        return 2;
    }
    kg_status st = kg_store_open(&store, argv[1], &err);
    if (st == KG_OK) {
        st = kg_cypher_begin(&cypher, store, NULL, &err); /* NULL: reading only, without limits */
        if (st == KG_OK) {
            st = ask(cypher, argv[2], &err);
            kg_cypher_end(cypher);
        }
        kg_store_close(store);
    }
    if (st != KG_OK)
        fprintf(stderr, "%s\n", kg_error_format(text, sizeof text, &err));
    return st != KG_OK;
}
