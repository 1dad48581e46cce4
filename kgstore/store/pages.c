/* The walk over all trees. Each level of a tree has its own buffer, so that the keys of the
 * parents, which bound those of the children, stay at hand. */
#include "kgstore/store/pages.h"

#include "kgstore/base/array.h"
#include "kgstore/store/pageformat.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct named_tree {
    kg_page_tree tree;
    char name[64]; /* for messages: printable, maybe cut */
} named_tree;

enum { PAGE_UNSEEN, PAGE_USED, PAGE_FREE };

typedef struct walk {
    int fd;
    const kg_page_meta *meta;
    kg_problems *problems;
    kg_page_report *report;
    kg_error *err;
    uint64_t file_pages;    /* whole ones, as the file is now */
    unsigned char *seen;    /* PAGE_*, for 0..last_page */
    unsigned char *buffers; /* MAX_DEPTH + 1 pages; the last for lists of free pages */
    KG_ARRAY(named_tree) named;
    /* The tree being walked. */
    const kg_page_tree *tree;
    const char *name;
    bool is_free, is_main;
    uint64_t branches, leaves, overflows, entries;
    unsigned key_size; /* of a tree with integer keys, from its first key; 0: not seen yet */
} walk;

/* Keys of a page are at least low and below high; NULL data: no bound. */
typedef struct bounds {
    kg_str low, high;
} bounds;

static kg_status read_bytes(walk *w, unsigned char *to, size_t n, uint64_t offset) {
    size_t got;
    kg_status st;
    KG_TRY(st, kg_page_read(&got, to, n, w->fd, offset, w->err));
    if (got < n)
        return kg_error_set(w->err, KG_ERR_IO, "the data file became shorter while it was read");
    return KG_OK;
}

/* Take n pages for the tree; false, with a problem told, where they cannot be its own. */
static bool claim(walk *w, uint64_t first, uint64_t n, int as) {
    const char *what = as == PAGE_FREE ? "listed as free" : "used";
    if (first < 2 || first > w->meta->last_page || n > w->meta->last_page + 1 - first) {
        kg_problems_add(w->problems, "tree %s: page %llu (of %llu) is %s, out of range", w->name,
                        (unsigned long long)first, (unsigned long long)w->meta->last_page + 1,
                        what);
        return false;
    }
    if (as == PAGE_USED && (first >= w->file_pages || n > w->file_pages - first)) {
        kg_problems_add(w->problems, "tree %s: page %llu lies beyond the end of the file", w->name,
                        (unsigned long long)(first + n - 1));
        return false;
    }
    for (uint64_t i = first; i < first + n; i++) {
        if (w->seen[i] != PAGE_UNSEEN) {
            kg_problems_add(w->problems, "tree %s: page %llu is %s, and also %s elsewhere", w->name,
                            (unsigned long long)i, what,
                            w->seen[i] == PAGE_FREE ? "listed as free" : "used");
            return false;
        }
        w->seen[i] = (unsigned char)as;
    }
    return true;
}

static int compare_keys(const walk *w, kg_str a, kg_str b) {
    if (!(w->tree->flags & TREE_INTEGER_KEYS))
        return kg_str_compare(a, b);
    uint64_t x = w->key_size == 8 ? kg_load_u64(a.data) : kg_load_u32(a.data);
    uint64_t y = w->key_size == 8 ? kg_load_u64(b.data) : kg_load_u32(b.data);
    return (x > y) - (x < y);
}

static void page_problem(walk *w, uint64_t number, const char *what) {
    kg_problems_add(w->problems, "tree %s: page %llu: %s", w->name, (unsigned long long)number,
                    what);
}

/* After this every node may be read. */
static bool page_is_sound(walk *w, const unsigned char *page, uint64_t number, bool branch) {
    const char *fault =
        kg_page_fault(page, number, w->meta->page_size, branch, branch && !w->is_free ? 2 : 1);
    if (fault)
        page_problem(w, number, fault);
    return !fault;
}

static bool key_is_sound(walk *w, kg_str key) {
    if (!(w->tree->flags & TREE_INTEGER_KEYS))
        return key.len >= 1 && key.len <= MAX_KEY;
    if (w->key_size == 0 && (key.len == 4 || key.len == 8))
        w->key_size = (unsigned)key.len;
    return key.len == w->key_size && key.len != 0;
}

/* Keys ascend from `first` on, within bounds. The first key of a branch is never looked at. */
static bool keys_are_sound(walk *w, const unsigned char *page, uint64_t number, unsigned first,
                           const bounds *in) {
    kg_str before = {NULL, 0};
    for (unsigned i = first; i < page_nodes(page); i++) {
        kg_str key = node_key(page + page_node_at(page, i));
        if (!key_is_sound(w, key)) {
            page_problem(w, number, "a key has a length that no key can have");
            return false;
        }
        bool high_enough = before.data    ? compare_keys(w, before, key) < 0
                           : in->low.data ? compare_keys(w, in->low, key) <= 0
                                          : true;
        if (!high_enough || (in->high.data && compare_keys(w, key, in->high) >= 0)) {
            page_problem(w, number, "its keys are out of order");
            return false;
        }
        before = key;
    }
    return true;
}

/* A list of n + 1 words {n, page numbers descending}, given in pieces. */
typedef struct free_list {
    uint64_t left; /* page numbers still to come */
    uint64_t before;
    bool begun;
} free_list;

static bool take_free_words(walk *w, free_list *list, const unsigned char *words, size_t n,
                            uint64_t number) {
    for (size_t i = 0; i < n; i++) {
        uint64_t word = kg_load_u64(words + i * 8);
        if (!list->begun) {
            list->begun = true;
            list->left = word;
            list->before = UINT64_MAX;
            continue;
        }
        if (list->left == 0)
            return true;
        if (word >= list->before) {
            page_problem(w, number, "a list of free pages is out of order");
            return false;
        }
        if (!claim(w, word, 1, PAGE_FREE))
            return false;
        w->report->free++;
        list->before = word;
        list->left--;
    }
    return true;
}

/* The list of free pages in a value of `size` bytes, which is `inside` or lies at `offset`. */
static kg_status check_free_value(walk *w, const unsigned char *inside, uint64_t offset,
                                  uint64_t size, uint64_t number) {
    free_list list = {0, 0, false};
    unsigned char *buffer = w->buffers + (size_t)MAX_DEPTH * w->meta->page_size;
    bool sound = size >= 8 && size % 8 == 0;
    for (uint64_t done = 0; sound && done < size;) {
        uint64_t n = inside ? size : w->meta->page_size;
        n = n < size - done ? n : size - done;
        if (!inside) {
            kg_status st;
            KG_TRY(st, read_bytes(w, buffer, n, offset + done));
        }
        sound = take_free_words(w, &list, inside ? inside : buffer, n / 8, number);
        done += n;
    }
    if (!sound || list.left != 0)
        page_problem(w, number, "a list of free pages is damaged");
    return KG_OK;
}

static void remember_tree(walk *w, const unsigned char *node, uint64_t number, kg_status *st) {
    named_tree named = {.name = ""};
    if (node_data_size(node) != TREE_SIZE) {
        page_problem(w, number, "the record of a tree has a wrong size");
        return;
    }
    kg_page_tree_parse(&named.tree, node_data(node));
    kg_str key = node_key(node);
    for (size_t i = 0; i < key.len && i < sizeof named.name - 1; i++)
        named.name[i] = key.data[i] >= ' ' && key.data[i] <= '~' ? key.data[i] : '?';
    *st = kg_array_push(&w->named, named);
    if (*st != KG_OK)
        kg_error_set(w->err, *st, "out of memory listing the trees");
}

/* A value that lies in its own run of pages. */
static kg_status check_overflow(walk *w, const unsigned char *node, uint64_t number) {
    uint64_t first = kg_load_u64(node_data(node)), size = node_data_size(node);
    uint64_t needed = overflow_pages(size, w->meta->page_size);
    unsigned char header[PAGE_HEADER];
    kg_status st;
    if (first < 2 || first >= w->file_pages) {
        page_problem(w, number, "a value lies beyond the end of the file");
        return KG_OK;
    }
    KG_TRY(st, read_bytes(w, header, sizeof header, first * w->meta->page_size));
    if (page_number(header) != first || page_flags(header) != PAGE_OVERFLOW ||
        page_run(header) < needed) {
        page_problem(w, first, "it is not the first page of the value that points here");
        return KG_OK;
    }
    if (!claim(w, first, page_run(header), PAGE_USED))
        return KG_OK;
    w->overflows += page_run(header);
    if (w->is_free)
        return check_free_value(w, NULL, first * w->meta->page_size + PAGE_HEADER, size, number);
    return KG_OK;
}

static kg_status check_leaf_node(walk *w, const unsigned char *node, uint64_t number) {
    unsigned flags = node_flags(node);
    kg_status st = KG_OK;
    w->entries++;
    if (w->is_free &&
        (node_key_size(node) != 8 || kg_load_u64(node_key(node).data) > w->meta->transaction))
        page_problem(w, number, "free pages of a transaction still to come");
    if (flags == NODE_OVERFLOW)
        return check_overflow(w, node, number);
    if (flags == NODE_TREE && w->is_main)
        remember_tree(w, node, number, &st);
    else if (flags != 0)
        page_problem(w, number, "a node has flags that no node of a store has");
    else if (w->is_free)
        return check_free_value(w, node_data(node), 0, node_data_size(node), number);
    return st;
}

static kg_status walk_page(walk *w, uint64_t number, unsigned level, const bounds *in);

static kg_status walk_children(walk *w, const unsigned char *page, unsigned level,
                               const bounds *in) {
    unsigned n = page_nodes(page);
    for (unsigned i = 0; i < n; i++) {
        const unsigned char *node = page + page_node_at(page, i);
        bounds within = *in;
        kg_status st;
        if (i > 0)
            within.low = node_key(node);
        if (i + 1 < n)
            within.high = node_key(page + page_node_at(page, i + 1));
        KG_TRY(st, walk_page(w, node_child(node), level + 1, &within));
    }
    return KG_OK;
}

static kg_status walk_page(walk *w, uint64_t number, unsigned level, const bounds *in) {
    unsigned char *page = w->buffers + (size_t)level * w->meta->page_size;
    bool branch = level + 1 < w->tree->depth;
    kg_status st;
    if (kg_problems_enough(w->problems) || !claim(w, number, 1, PAGE_USED))
        return KG_OK;
    KG_TRY(st, read_bytes(w, page, w->meta->page_size, number * w->meta->page_size));
    if (!page_is_sound(w, page, number, branch) ||
        !keys_are_sound(w, page, number, branch ? 1 : 0, in))
        return KG_OK;
    if (branch) {
        w->branches++;
        return walk_children(w, page, level, in);
    }
    w->leaves++;
    for (unsigned i = 0; i < page_nodes(page); i++)
        KG_TRY(st, check_leaf_node(w, page + page_node_at(page, i), number));
    return KG_OK;
}

static bool tree_is_sound(walk *w) {
    const kg_page_tree *t = w->tree;
    /* The free tree's flags hold those of the environment too. */
    unsigned allowed = w->is_free ? TREE_INTEGER_KEYS | 0x4001 : TREE_INTEGER_KEYS;
    const char *fault = NULL;
    if ((t->flags & ~allowed) || (w->is_free && !(t->flags & TREE_INTEGER_KEYS)))
        fault = "flags that no tree of a store has";
    else if (t->depth > MAX_DEPTH)
        fault = "an impossible depth";
    else if ((t->root == NO_PAGE) != (t->depth == 0) ||
             (t->depth == 0 && (t->entries || t->leaves || t->branches || t->overflows)))
        fault = "a root and a depth that do not agree";
    if (fault)
        kg_problems_add(w->problems, "tree %s: %s", w->name, fault);
    return !fault;
}

static void compare_count(walk *w, const char *what, uint64_t recorded, uint64_t found) {
    if (recorded != found)
        kg_problems_add(w->problems, "tree %s: %llu %s recorded, %llu found", w->name,
                        (unsigned long long)recorded, what, (unsigned long long)found);
}

static kg_status walk_tree(walk *w, const kg_page_tree *tree, const char *name, bool is_free,
                           bool is_main) {
    w->tree = tree;
    w->name = name;
    w->is_free = is_free;
    w->is_main = is_main;
    w->branches = w->leaves = w->overflows = w->entries = 0;
    w->key_size = is_free ? 8 : 0;
    if (!tree_is_sound(w) || tree->depth == 0)
        return KG_OK;
    unsigned before = w->problems->count;
    bounds all = {{NULL, 0}, {NULL, 0}};
    kg_status st;
    KG_TRY(st, walk_page(w, tree->root, 0, &all));
    if (w->problems->count == before) {
        compare_count(w, "branch pages", tree->branches, w->branches);
        compare_count(w, "leaf pages", tree->leaves, w->leaves);
        compare_count(w, "overflow pages", tree->overflows, w->overflows);
        compare_count(w, "entries", tree->entries, w->entries);
    }
    w->report->branches += w->branches;
    w->report->leaves += w->leaves;
    w->report->overflows += w->overflows;
    return KG_OK;
}

static kg_status walk_free(walk *w) {
    return walk_tree(w, &w->meta->free_tree, "(free)", true, false);
}

static kg_status walk_all(walk *w) {
    kg_status st;
    KG_TRY(st, walk_tree(w, &w->meta->main_tree, "(main)", false, true));
    for (size_t i = 0; i < w->named.len; i++) {
        named_tree named = w->named.data[i];
        KG_TRY(st, walk_tree(w, &named.tree, named.name, false, false));
    }
    /* Last, so that a page both used and free is told of the tree of free pages. */
    return walk_free(w);
}

/* Free pages at the end may never have been written, so the file may be shorter than its last page
 * says; but not to any degree, or a damaged number would cost any amount of memory. */
static bool length_is_sound(walk *w) {
    if (w->meta->last_page / 2 < w->file_pages + (1U << 18))
        return true;
    kg_problems_add(w->problems, "the last page is %llu, but the file has %llu pages",
                    (unsigned long long)w->meta->last_page, (unsigned long long)w->file_pages);
    return false;
}

static kg_status check(kg_page_report *report, int fd, const kg_page_meta *meta,
                       kg_status (*trees)(walk *w), kg_problems *problems, kg_error *err) {
    walk w = {.fd = fd,
              .meta = meta,
              .problems = problems,
              .report = report,
              .err = err,
              .named = KG_ARRAY_INIT};
    struct stat info;
    unsigned before = problems->count;
    *report = (kg_page_report){.pages = meta->last_page + 1};
    if (fstat(fd, &info) != 0)
        return kg_error_errno(err, "read", "the data file");
    w.file_pages = (uint64_t)info.st_size / meta->page_size;
    kg_status st = KG_OK;
    if (length_is_sound(&w)) {
        w.seen = calloc(meta->last_page + 1, 1);
        w.buffers = malloc(((size_t)MAX_DEPTH + 1) * meta->page_size);
        st = w.seen && w.buffers ? trees(&w)
                                 : kg_error_set(err, KG_ERR_MEMORY, "out of memory for %llu pages",
                                                (unsigned long long)report->pages);
        uint64_t found = report->branches + report->leaves + report->overflows + report->free + 2;
        report->unaccounted = found < report->pages ? report->pages - found : 0;
    }
    free(w.seen);
    free(w.buffers);
    kg_array_free(&w.named);
    if (st == KG_OK && problems->count > before)
        st = kg_error_set(err, KG_ERR_CORRUPT, "%u faults in the pages", problems->count - before);
    return st;
}

kg_status kg_pages_check(kg_page_report *report, int fd, const kg_page_meta *meta,
                         kg_problems *problems, kg_error *err) {
    return check(report, fd, meta, walk_all, problems, err);
}

kg_status kg_pages_check_free(int fd, const kg_page_meta *meta, kg_error *err) {
    kg_page_report report;
    kg_problems problems = {NULL, NULL, 0};
    return check(&report, fd, meta, walk_free, &problems, err);
}
