#include "tests/crash/disk.h"

#include "tests/crash/scenario.h"

#include "kgstore/base/array.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 4096, NO_NODE = -1 };

typedef KG_ARRAY(unsigned char) content;

typedef struct file {
    bool is_folder;
    content now, durable;
} file;

/* A change of names within one folder: `name` becomes node, or goes (NO_NODE); a rename also takes
 * `old` away. */
typedef struct change {
    int folder;
    char name[64], old[64];
    int node;
} change;

typedef struct name {
    int folder;
    char text[64];
    int node;
} name;

typedef KG_ARRAY(name) names;

struct disk {
    char root[256];
    KG_ARRAY(file) files; /* [0] is the root */
    names now, durable;
    KG_ARRAY(change) pending;
    struct {
        uint64_t inode;
        int node;
    } open[4096]; /* the latest node of a real inode number */
    int n_open;
};

/* ---- Nodes and names ------------------------------------------------------------------------- */

static void must(kg_status st) {
    if (st != KG_OK)
        give_up("out of memory");
}

static int new_node(disk *d, bool is_folder) {
    file f = {.is_folder = is_folder};
    must(kg_array_push(&d->files, f));
    return (int)d->files.len - 1;
}

static int find_name(const names *list, int folder, const char *text) {
    for (size_t i = 0; i < list->len; i++)
        if (list->data[i].folder == folder && strcmp(list->data[i].text, text) == 0)
            return (int)i;
    return -1;
}

static void set_name(names *list, int folder, const char *text, int node) {
    int i = find_name(list, folder, text);
    if (i >= 0 && node == NO_NODE)
        list->data[i] = list->data[--list->len];
    else if (i >= 0)
        list->data[i].node = node;
    else if (node != NO_NODE) {
        name n = {.folder = folder, .node = node};
        snprintf(n.text, sizeof n.text, "%s", text);
        must(kg_array_push(list, n));
    }
}

static void apply_change(names *list, const change *c) {
    if (c->old[0])
        set_name(list, c->folder, c->old, NO_NODE);
    set_name(list, c->folder, c->name, c->node);
}

/* The folder that holds path, and the last part of it. */
static int parent_of(const disk *d, const char *path, char last[64]) {
    int folder = 0;
    const char *at = path + strlen(d->root);
    for (;;) {
        while (*at == '/')
            at++;
        size_t n = strcspn(at, "/");
        snprintf(last, 64, "%.*s", (int)n, at);
        if (at[n] == '\0')
            return folder;
        int i = find_name(&d->now, folder, last);
        if (i < 0)
            give_up("%s: no folder %s", path, last);
        folder = d->now.data[i].node;
        at += n;
    }
}

static int node_at(const disk *d, const char *path) {
    char last[64];
    if (strcmp(path, d->root) == 0)
        return 0;
    int folder = parent_of(d, path, last);
    int i = find_name(&d->now, folder, last);
    return i < 0 ? NO_NODE : d->now.data[i].node;
}

static void change_names(disk *d, const char *path, const char *old, int node) {
    change c = {.node = node};
    c.folder = parent_of(d, path, c.name);
    if (old && parent_of(d, old, c.old) != c.folder)
        give_up("%s: renamed across folders", path);
    apply_change(&d->now, &c);
    must(kg_array_push(&d->pending, c));
}

/* ---- Content --------------------------------------------------------------------------------- */

static void resize(content *c, size_t n) {
    if (n > c->len) {
        must(kg_array_reserve(c, n - c->len));
        memset(c->data + c->len, 0, n - c->len);
    }
    c->len = n;
}

static void write_content(content *c, uint64_t offset, const unsigned char *data, size_t n) {
    if (offset + n > c->len)
        resize(c, offset + n);
    memcpy(c->data + offset, data, n);
}

static void copy_content(content *to, const content *from) {
    resize(to, from->len);
    if (from->len)
        memcpy(to->data, from->data, from->len);
}

static void bind_inode(disk *d, uint64_t inode, int node) {
    int i = 0;
    while (i < d->n_open && d->open[i].inode != inode)
        i++;
    if (i == 4096)
        give_up("too many files");
    d->n_open += i == d->n_open;
    d->open[i].inode = inode;
    d->open[i].node = node;
}

static file *file_of(disk *d, uint64_t inode) {
    for (int i = 0; i < d->n_open; i++)
        if (d->open[i].inode == inode)
            return &d->files.data[d->open[i].node];
    give_up("a file that was never opened");
}

static void sync_folder(disk *d, int folder) {
    size_t kept = 0;
    for (size_t i = 0; i < d->pending.len; i++)
        if (d->pending.data[i].folder == folder)
            apply_change(&d->durable, &d->pending.data[i]);
        else
            d->pending.data[kept++] = d->pending.data[i];
    d->pending.len = kept;
}

static void open_file(disk *d, const event *e, const char *path) {
    int node = node_at(d, path);
    if (node == NO_NODE) {
        node = new_node(d, false);
        change_names(d, path, NULL, node);
    }
    bind_inode(d, e->file, node);
}

void disk_apply(disk *d, const event *e, const char *path, const char *path2,
                const unsigned char *data) {
    file *f;
    switch ((event_kind)e->kind) {
    case EVENT_OPEN:
        open_file(d, e, path);
        return;
    case EVENT_WRITE:
        f = file_of(d, e->file);
        write_content(&f->now, e->offset, data, e->data_len);
        if (e->flags)
            write_content(&f->durable, e->offset, data, e->data_len);
        return;
    case EVENT_SYNC:
        f = file_of(d, e->file);
        copy_content(&f->durable, &f->now);
        return;
    case EVENT_SYNC_FOLDER:
        if (node_at(d, path) == NO_NODE)
            give_up("%s: synced, but not there", path);
        sync_folder(d, node_at(d, path));
        return;
    case EVENT_TRUNCATE:
        resize(&file_of(d, e->file)->now, e->offset);
        return;
    case EVENT_RENAME:
        change_names(d, path2, path, node_at(d, path));
        return;
    case EVENT_UNLINK:
    case EVENT_RMDIR:
        change_names(d, path, NULL, NO_NODE);
        return;
    case EVENT_MKDIR:
        change_names(d, path, NULL, new_node(d, true));
        return;
    case EVENT_EXIT:
        return;
    }
    give_up("an event of an unknown kind");
}

/* ---- Loading and cutting --------------------------------------------------------------------- */

static void read_file(file *f, const char *path) {
    struct stat info;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &info) != 0)
        give_up("cannot read %s", path);
    resize(&f->now, (size_t)info.st_size);
    if (pread(fd, f->now.data, f->now.len, 0) != (ssize_t)f->now.len)
        give_up("cannot read %s", path);
    close(fd);
    copy_content(&f->durable, &f->now);
}

static void load_folder(disk *d, const char *path, int folder) {
    DIR *entries = opendir(path);
    const struct dirent *entry;
    while (entries && (entry = readdir(entries))) {
        char child[512];
        struct stat info;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        if (stat(child, &info) != 0)
            give_up("cannot read %s", child);
        int node = new_node(d, S_ISDIR(info.st_mode));
        set_name(&d->now, folder, entry->d_name, node);
        set_name(&d->durable, folder, entry->d_name, node);
        if (S_ISDIR(info.st_mode))
            load_folder(d, child, node);
        else {
            read_file(&d->files.data[node], child);
            bind_inode(d, info.st_ino, node);
        }
    }
    if (entries)
        closedir(entries);
}

disk *disk_load(const char *root) {
    disk *d = calloc(1, sizeof *d);
    if (!d)
        give_up("out of memory");
    snprintf(d->root, sizeof d->root, "%s", root);
    new_node(d, true);
    load_folder(d, root, 0);
    return d;
}

/* Content as a power cut leaves it: each block old or new, and so the length. */
static void mix_content(content *to, const file *f, kg_rng *rng) {
    const content *longer = f->now.len > f->durable.len ? &f->now : &f->durable;
    resize(to, kg_rng_below(rng, 2) ? f->now.len : f->durable.len);
    for (size_t at = 0; at < to->len; at += BLOCK) {
        const content *from = kg_rng_below(rng, 2) ? &f->now : &f->durable;
        from = at < from->len ? from : longer;
        size_t n = to->len - at < BLOCK ? to->len - at : BLOCK;
        n = at + n <= from->len ? n : from->len > at ? from->len - at : 0;
        memcpy(to->data + at, from->data + at, n);
    }
}

static void write_file(const file *f, const char *path, loss how, kg_rng *rng) {
    content mixed = KG_ARRAY_INIT;
    const content *c = how == LOSE_ALL || how == LOSE_CONTENT ? &f->durable : &f->now;
    if (how == LOSE_AT_RANDOM) {
        mix_content(&mixed, f, rng);
        c = &mixed;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || pwrite(fd, c->data, c->len, 0) != (ssize_t)c->len)
        give_up("cannot write %s", path);
    close(fd);
    kg_array_free(&mixed);
}

static void write_folder(const disk *d, const names *list, int folder, const char *path, loss how,
                         kg_rng *rng) {
    if (mkdir(path, 0755) != 0)
        give_up("cannot make %s", path);
    for (size_t i = 0; i < list->len; i++) {
        char child[512];
        const name *n = &list->data[i];
        if (n->folder != folder)
            continue;
        snprintf(child, sizeof child, "%s/%s", path, n->text);
        if (d->files.data[n->node].is_folder)
            write_folder(d, list, n->node, child, how, rng);
        else
            write_file(&d->files.data[n->node], child, how, rng);
    }
}

void disk_cut(const disk *d, const char *root, loss how, kg_rng *rng) {
    char line[600];
    names list = KG_ARRAY_INIT;
    const names *from = how == LOSE_CONTENT || how == LOSE_NOTHING ? &d->now : &d->durable;
    must(kg_array_append(&list, from->data, from->len));
    for (size_t i = 0; how == LOSE_AT_RANDOM && i < d->pending.len; i++)
        if (kg_rng_below(rng, 2))
            apply_change(&list, &d->pending.data[i]);
    snprintf(line, sizeof line, "rm -rf '%s'", root);
    if (system(line) != 0)
        give_up("cannot empty %s", root);
    write_folder(d, &list, 0, root, how, rng);
    kg_array_free(&list);
}

void disk_free(disk *d) {
    for (size_t i = 0; i < d->files.len; i++) {
        kg_array_free(&d->files.data[i].now);
        kg_array_free(&d->files.data[i].durable);
    }
    kg_array_free(&d->files);
    kg_array_free(&d->now);
    kg_array_free(&d->durable);
    kg_array_free(&d->pending);
    free(d);
}
