/* What this room gives the plugin. */
#ifndef KG_SMEDBERT_EXPORT_TOOL_H
#define KG_SMEDBERT_EXPORT_TOOL_H

#include "plugins/common/plugin_module.h"

/* kg export-model. */
extern const kg_tool kg_export_tool;

#endif
