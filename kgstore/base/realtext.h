/* Numbers as text. */
#ifndef KG_BASE_REALTEXT_H
#define KG_BASE_REALTEXT_H

/* A number in as few digits, 15 at least where it needs so many, as read back to the same double.
 */
void kg_real_text(char text[32], double value);

#endif
