/* Examples as a person can read them: `kg pretrain --show N`. */
#ifndef KG_SMEDBERT_SHOW_H
#define KG_SMEDBERT_SHOW_H

#include "plugins/smedbert/pretrain/examples.h"
#include "plugins/smedbert/reading/model_session.h"

/* Write the first `count` examples of the stream that options describe, as text:
 *
 *     example 1: document 17, epoch 0, 95 tokens, sentences swapped
 *         (of a document's further chunks "document 17, chunk 2, ...")
 *     [CLS] ... masked tokens as [true|shown], shown being MASK, "=" (left as it was) or the random
 *           token; mentions as {1:...} ... [SEP]
 *       {1} infuse  NAME (TYPE)
 *           0.00421  -> RELATION  NAME (TYPE)       a neighbor: weight, direction, relation,
 * entity
 *
 * and at last what became of the documents. Statuses are those of kg_examples_open and _next, and
 * what output gives. */
kg_status kg_show_examples(const kgp_output *output, uint64_t count, kg_session *session,
                           const kg_examples_options *options, kg_error *err);

#endif
