#include "plugins/abi/kg_plugin.h"

extern "C" KGP_EXPORT const kgp_entry kg_plugin_entry;
const kgp_entry kg_plugin_entry = {
    KGP_ABI_MAJOR, KGP_ABI_MINOR, KGP_ABI_REVISION, nullptr, nullptr, nullptr};
