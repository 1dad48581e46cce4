#include "tests/kgstore/cypher/random_query.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- Making ---------------------------------------------------------------------------------- */

static rq_node make_node(rq_query *q, kg_rng *rng, bool reuse) {
    rq_node n = {.variable = -1, .types = 0, .x = NO_VALUE};
    n.variable = reuse && q->n_nodes ? rg_below(rng, q->n_nodes) : q->n_nodes++;
    if (rg_once_in(rng, 4))
        n.types = 1U << rg_below(rng, TYPES);
    if (rg_once_in(rng, 12))
        n.types |= 1U << rg_below(rng, TYPES);
    if (rg_once_in(rng, 8))
        n.x = rg_below(rng, 4);
    return n;
}

static rq_hop make_hop(rq_query *q, kg_rng *rng) {
    rq_hop h = {.variable = q->n_edges++,
                .relations = rg_once_in(rng, 2) ? 0 : 1U << rg_below(rng, RELATIONS),
                .direction = rg_below(rng, 3) - 1,
                .many = rg_once_in(rng, 4),
                .least = rg_below(rng, 3),
                .most = 2,
                .w = rg_once_in(rng, 8) ? rg_below(rng, 4) : NO_VALUE};
    if (h.relations && rg_once_in(rng, 3))
        h.relations |= 1U << rg_below(rng, RELATIONS);
    if (h.least < 2 && rg_once_in(rng, 3))
        h.most = 1;
    q->many[h.variable] = h.many;
    return h;
}

/* first: of the nodes that this clause brings. */
static rq_test make_test(const rq_query *q, kg_rng *rng, int first) {
    rq_test t = {.kind = (rq_kind)rg_below(rng, RQ_KINDS),
                 .a = rg_below(rng, q->n_nodes),
                 .b = rg_below(rng, q->n_nodes),
                 .number = rg_below(rng, 4),
                 .negated = rg_once_in(rng, 3)};
    bool certain = (q->certain[t.a] || t.a >= first) && (q->certain[t.b] || t.b >= first);
    if ((t.kind == RQ_EDGE || t.kind == RQ_ANY_EDGE) && !certain)
        t.kind = RQ_X_LESS;
    if (t.kind == RQ_WEIGHT) {
        t.a = q->n_edges ? rg_below(rng, q->n_edges) : 0;
        if (!q->n_edges || q->many[t.a])
            t = (rq_test){RQ_X_NULL, t.b, t.b, 0, t.negated};
    }
    return t;
}

static void make_clause(rq_query *q, rq_clause *c, kg_rng *rng) {
    bool later = q->n_clauses > 0;
    int first = q->n_nodes;
    *c = (rq_clause){.optional = later && rg_once_in(rng, 3),
                     .split = rg_once_in(rng, 3),
                     .n_hops = rg_below(rng, later ? HOPS : HOPS + 1),
                     .either = rg_once_in(rng, 3)};
    c->nodes[0] = make_node(q, rng, later && !rg_once_in(rng, 4));
    /* MATCH (n) of an n that is null gives its row here, and none elsewhere. */
    if (c->n_hops == 0 && c->nodes[0].variable < first && !q->certain[c->nodes[0].variable])
        c->nodes[0].types |= 1;
    for (int i = 0; i < c->n_hops; i++) {
        c->hops[i] = make_hop(q, rng);
        c->nodes[i + 1] = make_node(q, rng, rg_once_in(rng, 4));
    }
    for (int i = rg_below(rng, TESTS + 1); i > 0; i--)
        c->tests[c->n_tests++] = make_test(q, rng, first);
    for (int i = first; i < q->n_nodes; i++)
        q->certain[i] = !c->optional;
}

static rq_column make_column(const rq_query *q, kg_rng *rng) {
    if (q->n_edges && rg_once_in(rng, 3)) {
        int edge = rg_below(rng, q->n_edges);
        rq_show show = q->many[edge] ? RQ_SIZE : rg_once_in(rng, 2) ? RQ_RELATION : RQ_W;
        return (rq_column){show, edge};
    }
    rq_show show = rg_once_in(rng, 2) ? RQ_ID : rg_once_in(rng, 2) ? RQ_X : RQ_HAS_TYPE;
    return (rq_column){show, rg_below(rng, q->n_nodes)};
}

void rq_make(rq_query *q, kg_rng *rng) {
    *q = (rq_query){.skip = -1, .limit = -1};
    for (int left = 1 + rg_below(rng, CLAUSES); left > 0; left--) {
        make_clause(q, &q->clauses[q->n_clauses], rng);
        q->n_clauses++;
    }
    q->end = (rq_end)rg_below(rng, RQ_ENDS);
    q->n_columns = q->end == RQ_TOTALS ? 1 : 1 + rg_below(rng, COLUMNS);
    for (int i = 0; i < q->n_columns; i++)
        q->columns[i] = make_column(q, rng);
    q->descending = rg_once_in(rng, 2);
    q->bare = rg_once_in(rng, 2);
    q->through = rg_once_in(rng, 2) && (q->end == RQ_GROUPED || q->end == RQ_DISTINCT);
    for (int i = 0; q->through && i < q->n_columns; i++)
        q->columns[i] = (rq_column){RQ_ID, rg_below(rng, q->n_nodes)};
    if (q->end == RQ_ORDERED && rg_once_in(rng, 3))
        q->skip = rg_below(rng, 4);
    if (q->end == RQ_ORDERED && rg_once_in(rng, 2))
        q->limit = rg_below(rng, 6);
    q->once = rg_once_in(rng, 2);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static __attribute__((format(printf, 2, 3))) void put(char *text, const char *format, ...) {
    size_t n = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + n, RQ_TEXT - n, format, args);
    va_end(args);
}

static bool asks_edge(const rq_query *q, int variable) {
    for (int i = 0; i < q->n_columns; i++)
        if (q->columns[i].show >= RQ_RELATION && q->columns[i].variable == variable)
            return true;
    for (int i = 0; i < q->n_clauses; i++)
        for (int k = 0; k < q->clauses[i].n_tests; k++) {
            const rq_test *t = &q->clauses[i].tests[k];
            if (t->kind == RQ_WEIGHT && t->a == variable)
                return true;
        }
    return false;
}

/* How often a node is named in patterns, and in what is asked of it. */
static int uses_of_node(const rq_query *q, int variable) {
    int uses = 0;
    for (int i = 0; i < q->n_columns; i++)
        uses += q->columns[i].show < RQ_RELATION && q->columns[i].variable == variable;
    for (int i = 0; i < q->n_clauses; i++) {
        const rq_clause *c = &q->clauses[i];
        for (int k = 0; k < c->n_tests; k++)
            uses += c->tests[k].a == variable || c->tests[k].b == variable;
        for (int k = 0; k <= c->n_hops; k++)
            uses += c->nodes[k].variable == variable;
        uses += c->split && c->n_hops > 1 && c->nodes[c->n_hops - 1].variable == variable;
    }
    return uses;
}

static void put_node(char *text, const rq_query *q, const rq_node *n) {
    put(text, "(");
    if (!q->bare || uses_of_node(q, n->variable) > 1)
        put(text, "n%d", n->variable);
    for (int i = 0; i < TYPES; i++)
        if (n->types >> i & 1)
            put(text, ":%c", 'A' + i);
    if (n->x != NO_VALUE)
        put(text, " {x: %d}", n->x);
    put(text, ")");
}

static void put_hop(char *text, const rq_query *q, const rq_hop *h) {
    const char *sign = ":";
    put(text, "%s-[", h->direction < 0 ? "<" : "");
    if (!q->bare || asks_edge(q, h->variable))
        put(text, "r%d", h->variable);
    for (int i = 0; i < RELATIONS; i++)
        if (h->relations >> i & 1) {
            put(text, "%s%c", sign, 'R' + i);
            sign = "|";
        }
    if (h->many)
        put(text, "*%d..%d", h->least, h->most);
    if (h->w != NO_VALUE)
        put(text, " {w: %d}", h->w);
    put(text, "]-%s", h->direction > 0 ? ">" : "");
}

static void put_test(char *text, const rq_test *t) {
    put(text, t->negated ? "NOT (" : "(");
    int a = t->a, b = t->b, number = t->number;
    switch (t->kind) {
    case RQ_X_LESS:
        put(text, "n%d.x < n%d.x", a, b);
        break;
    case RQ_X_EQUALS:
        put(text, "n%d.x = %d", a, number);
        break;
    case RQ_X_NULL:
        put(text, "n%d.x IS NULL", a);
        break;
    case RQ_X_IN:
        put(text, "n%d.x IN [%d, 1]", a, number);
        break;
    case RQ_Y_STARTS:
        put(text, "n%d.y STARTS WITH 'y%d'", a, number);
        break;
    case RQ_TYPE:
        put(text, "n%d:%c", a, 'A' + number % TYPES);
        break;
    case RQ_SAME:
        put(text, "n%d = n%d", a, b);
        break;
    case RQ_EDGE:
        put(text, "(n%d)-[:%c]->(n%d)", a, 'R' + number % RELATIONS, b);
        break;
    case RQ_ANY_EDGE:
        put(text, "EXISTS { MATCH (n%d)<-[:%c]-(:B) }", a, 'R' + number % RELATIONS);
        break;
    case RQ_WEIGHT:
    case RQ_KINDS:
        put(text, "r%d.w > %d", a, number);
        break;
    }
    put(text, ")");
}

static void put_clause(char *text, const rq_query *q, const rq_clause *c) {
    put(text, c->optional ? "OPTIONAL MATCH " : "MATCH ");
    put_node(text, q, &c->nodes[0]);
    for (int i = 0; i < c->n_hops; i++) {
        if (c->split && i > 0 && i == c->n_hops - 1)
            put(text, ", (n%d)", c->nodes[i].variable);
        put_hop(text, q, &c->hops[i]);
        put_node(text, q, &c->nodes[i + 1]);
    }
    for (int i = 0; i < c->n_tests; i++) {
        put(text, i == 0 ? " WHERE " : c->either ? " OR " : " AND ");
        put_test(text, &c->tests[i]);
    }
    put(text, " ");
}

static void put_column(char *text, const rq_column *c) {
    static const char *const FORMS[] = {"n%d.id",    "n%d.x", "(n%d:A)",
                                        "type(r%d)", "r%d.w", "size(r%d)"};
    char form[24];
    snprintf(form, sizeof form, "%s", FORMS[c->show]);
    char *place = strstr(form, "%d");
    put(text, "%.*s%d%s", (int)(place - form), form, c->variable, place + 2);
}

static void put_order(char *text, const rq_query *q) {
    for (int i = 0; i < q->n_columns; i++)
        put(text, "%s c%d%s", i ? "," : " ORDER BY", i, q->descending ? " DESC" : "");
    if (q->skip >= 0)
        put(text, " SKIP %d", q->skip);
    if (q->limit >= 0)
        put(text, " LIMIT %d", q->limit);
}

/* A node may be asked for in two columns, and stands in the WITH once. */
static void put_group(char *text, const rq_query *q) {
    bool put_already[VARIABLES + 2] = {false};
    const char *sign = q->end == RQ_DISTINCT ? "WITH DISTINCT" : "WITH";
    for (int i = 0; i < q->n_columns; i++) {
        bool *already = &put_already[q->columns[i].variable];
        if (!*already)
            put(text, "%s n%d", sign, q->columns[i].variable);
        sign = *already ? sign : ",";
        *already = true;
    }
    put(text, q->end == RQ_GROUPED ? ", count(*) AS n " : " ");
}

void rq_write(char *text, const rq_query *q) {
    *text = '\0';
    for (int i = 0; i < q->n_clauses; i++)
        put_clause(text, q, &q->clauses[i]);
    if (q->through)
        put_group(text, q);
    put(text, q->end == RQ_DISTINCT && !q->through ? "RETURN DISTINCT " : "RETURN ");
    if (q->end == RQ_TOTALS) {
        static const char *const TOTALS[] = {"count(", "count(DISTINCT ", "min(", "max("};
        put(text, q->once ? "" : "count(*), ");
        for (size_t i = q->once; i < sizeof TOTALS / sizeof *TOTALS; i++) {
            put(text, "%s%s", i > q->once ? ", " : "", TOTALS[i]);
            put_column(text, &q->columns[0]);
            put(text, ")");
        }
        return;
    }
    for (int i = 0; i < q->n_columns; i++) {
        put(text, i ? ", " : "");
        put_column(text, &q->columns[i]);
        put(text, " AS c%d", i);
    }
    if (q->end == RQ_GROUPED)
        put(text, q->through ? ", n" : ", count(*) AS n");
    if (q->end == RQ_ORDERED)
        put_order(text, q);
}
