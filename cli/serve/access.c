#include "cli/serve/access.h"

#include "kgstore/base/lines.h"
#include "kgstore/base/utf8.h"

#include <arpa/inet.h>
#include <strings.h>
#include <sys/stat.h>

enum { SHORTEST = 16, LONGEST = 1024 };

kg_status kg_access_read_token(kg_access *access, const char *path, kg_error *err) {
    kg_lines *lines;
    kg_str line;
    kg_status st;
    bool end;
    struct stat info;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_IROTH))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "every user may read the token in %s; run chmod 600 on it", path);
    KG_TRY(st, kg_lines_open(&lines, path, LONGEST, err));
    st = kg_lines_next(&line, &end, lines, err);
    bool good = line.len >= SHORTEST;
    for (size_t i = 0; st == KG_OK && good && i < line.len; i++)
        good = line.data[i] > ' ' && line.data[i] < 127;
    if (st == KG_OK && !good)
        st = kg_error_at(err, KG_ERR_FORMAT, path, 1,
                         "expected a token of %d characters or more, ASCII without blanks; "
                         "\"openssl rand -hex 32\" makes one",
                         SHORTEST);
    if (st == KG_OK)
        st = kg_array_append(&access->token, line.data, line.len);
    kg_lines_close(lines);
    return st;
}

void kg_access_free(kg_access *access) {
    kg_array_free(&access->token);
}

bool kg_access_is_loopback(const char *host) {
    struct in_addr four;
    struct in6_addr six;
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* "[::1]:7474", "localhost:7474" or "kg.example" without the port and the brackets. */
static kg_str name_of(const char *authority) {
    size_t n = strcspn(authority, "]");
    if (authority[0] == '[' && authority[n] == ']')
        return (kg_str){authority + 1, n - 1};
    return (kg_str){authority, strcspn(authority, ":/")};
}

static bool is_same(kg_str name, const char *known) {
    return strlen(known) == name.len && strncasecmp(name.data, known, name.len) == 0;
}

static bool is_ours(const kg_access *access, kg_str name) {
    char text[INET6_ADDRSTRLEN];
    for (size_t i = 0; i < access->n; i++)
        if (is_same(name, access->names[i]))
            return true;
    if (is_same(name, access->host))
        return true;
    if (name.len == 0 || name.len >= sizeof text || !kg_access_is_loopback(access->host))
        return false;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    return kg_access_is_loopback(text);
}

/* The authority in "https://kg.example:8443"; NULL for "null" and whatever else. */
static const char *authority_of(const char *origin) {
    if (strncasecmp(origin, "http://", 7) == 0)
        return origin + 7;
    return strncasecmp(origin, "https://", 8) == 0 ? origin + 8 : NULL;
}

kg_status kg_access_check_site(const kg_access *access, const kg_http_exchange *x, bool linked,
                               kg_error *err) {
    if (x->headers_twice)
        return kg_error_set(err, KG_ERR_ARGUMENT, "a header is there twice that may be there once");
    if (!x->host || !is_ours(access, name_of(x->host)))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found the name %s in the header Host, by which this server is not "
                            "called; kg serve --name gives it another",
                            x->host ? kg_quote(kg_str_from(x->host)).text : "\"\"");
    const char *from = x->origin ? authority_of(x->origin) : x->host;
    if (!from || !is_ours(access, name_of(from)))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found the origin %s: pages of other sites may not ask here",
                            kg_quote(kg_str_from(x->origin)).text);
    if (!linked && x->fetch_site && strcmp(x->fetch_site, "cross-site") == 0)
        return kg_error_set(err, KG_ERR_ARGUMENT, "pages of other sites may not ask here");
    return KG_OK;
}

bool kg_access_has_token(const kg_access *access, const char *authorization) {
    static const char scheme[] = "Bearer ";
    size_t n = access->token.len, skip = sizeof scheme - 1;
    if (n == 0)
        return true;
    const char *given = "";
    if (authorization && strncasecmp(authorization, scheme, skip) == 0)
        given = authorization + skip + strspn(authorization + skip, " ");
    size_t length = strlen(given);
    unsigned char differ = length != n;
    for (size_t i = 0; i < n; i++) /* all of it, wherever they differ */
        differ |= (unsigned char)(access->token.data[i] ^ given[length ? i % length : 0]);
    return differ == 0;
}
