/* TensorBoard's event files: TFRecord frames (length, data and their masked CRC-32C) around
 * hand-encoded protobuf messages of tensorboard/compat/proto/event.proto. */
#ifndef KG_HOST_EVENTS_H
#define KG_HOST_EVENTS_H

#include "kgstore/base/error.h"
#include "plugins/host/metrics.h"

#include <stdint.h>

typedef struct kg_events kg_events;

/* Begin OUT/events.out.tfevents.TIME.HOST. A run resumed after `step` (0: a new one) tells
 * TensorBoard to forget what older files of the folder say of later steps. */
kg_status kg_events_open(kg_events **out, const char *folder, uint64_t step, kg_error *err);

/* One event with all the figures as scalars, each under prefix and its name. */
kg_status kg_events_write(kg_events *events, uint64_t step, const char *prefix,
                          const kg_metrics *metrics, kg_error *err);

/* NULL is safe. */
void kg_events_close(kg_events *events);

/* CRC-32C (Castagnoli) of bytes; exposed for its test. */
uint32_t kg_crc32c(const void *data, size_t n);

#endif
