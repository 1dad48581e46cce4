/* Who may ask: the names by which a request may call the server, and the token it must bring. */
#ifndef KG_SERVE_ACCESS_H
#define KG_SERVE_ACCESS_H

#include "cli/serve/http.h"
#include "kgstore/base/array.h"

typedef struct kg_access {
    const char *host;         /* the address that is listened at */
    const char *const *names; /* others, as a proxy sends them; n of them */
    size_t n;
    kg_bytes token; /* empty: none is asked for */
} kg_access;

/* Read the token from a file: its first line. KG_ERR_FORMAT: it is empty, short, or has bytes that
 * no header can hold; KG_ERR_ARGUMENT: every user may read the file. */
kg_status kg_access_read_token(kg_access *access, const char *path, kg_error *err);
void kg_access_free(kg_access *access);

/* Whether an address is one that only this machine reaches. */
bool kg_access_is_loopback(const char *host);

/* That the request was meant for this server, and not sent by another site's page: the name in Host
 * is one of ours (so that a name that is made to point here afterwards, as DNS rebinding does,
 * opens nothing), as is that in Origin, where there is one. linked: another site may link to what
 * is asked for. KG_ERR_ARGUMENT. */
kg_status kg_access_check_site(const kg_access *access, const kg_http_exchange *x, bool linked,
                               kg_error *err);

/* Whether it brings the token, "Bearer TOKEN". Takes as long whatever is wrong with it. */
bool kg_access_has_token(const kg_access *access, const char *authorization);

#endif
