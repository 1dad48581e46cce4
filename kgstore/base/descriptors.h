/* Standard descriptors that the process was started without. */
#ifndef KG_BASE_DESCRIPTORS_H
#define KG_BASE_DESCRIPTORS_H

/* Occupy whichever of the descriptors 0, 1 and 2 are closed, so that no file that is opened
 * afterwards becomes what something takes for standard input or output: a store's data, overwritten
 * by a result. Reading from them and writing to them fails with EBADF as before. From any thread;
 * where the process has no descriptor left nothing is done, and opening a file fails anyway. */
void kg_descriptors_guard(void);

/* As open(2); where that gave the number of a closed standard descriptor, those are guarded first.
 * So when it has succeeded they are, which costs nothing where they were open. */
int kg_open(const char *path, int flags, unsigned mode);

#endif
