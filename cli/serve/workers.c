#include "cli/serve/workers.h"

#include <pthread.h>
#include <stdlib.h>

struct kg_workers {
    pthread_mutex_t lock;
    pthread_cond_t work_there;
    kg_work *first, **last;
    size_t queued, most;
    bool ending;
    unsigned n;
    pthread_t threads[];
};

/* The next work; NULL: there will be no more. */
static kg_work *next_work(kg_workers *w) {
    pthread_mutex_lock(&w->lock);
    while (!w->first && !w->ending)
        pthread_cond_wait(&w->work_there, &w->lock);
    kg_work *work = w->first;
    if (work) {
        w->first = work->next;
        if (!w->first)
            w->last = &w->first;
        w->queued--;
    }
    pthread_mutex_unlock(&w->lock);
    return work;
}

static void *work_on(void *of) {
    kg_work *work;
    while ((work = next_work(of)))
        work->run(work);
    return NULL;
}

kg_status kg_workers_start(kg_workers **out, unsigned threads, size_t most, kg_error *err) {
    kg_workers *w = calloc(1, sizeof *w + threads * sizeof *w->threads);
    *out = NULL;
    if (!w)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory starting threads");
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work_there, NULL);
    w->last = &w->first;
    w->most = most;
    while (w->n < threads && pthread_create(&w->threads[w->n], NULL, work_on, w) == 0)
        w->n++;
    if (w->n < threads) {
        kg_workers_stop(w);
        return kg_error_set(err, KG_ERR_MEMORY,
                            "the system gives no %u threads; ask for fewer by --threads", threads);
    }
    *out = w;
    return KG_OK;
}

bool kg_workers_submit(kg_workers *workers, kg_work *work, bool again) {
    pthread_mutex_lock(&workers->lock);
    bool taken = again || workers->queued < workers->most;
    if (taken) {
        work->next = NULL;
        *workers->last = work;
        workers->last = &work->next;
        workers->queued++;
        pthread_cond_signal(&workers->work_there);
    }
    pthread_mutex_unlock(&workers->lock);
    return taken;
}

void kg_workers_stop(kg_workers *workers) {
    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->ending = true;
    pthread_cond_broadcast(&workers->work_there);
    pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 0; i < workers->n; i++)
        pthread_join(workers->threads[i], NULL);
    pthread_cond_destroy(&workers->work_there);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}
