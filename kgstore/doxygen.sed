# Plain comments as doxygen's: one that begins a line documents what follows, one behind code what it follows.
# Headings between groups of declarations (/* ---- Opening ---- */) stay plain.
/^ *\/\* -{3,}/b
1s|^/\* |/** @file\n * |
s|^( *)/\* |\1/** |
s|([;,({0-9A-Za-z_]) +/\* |\1 /**< |
