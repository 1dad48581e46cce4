#include "kgstore/store/problems.h"

#include <stdarg.h>
#include <stdio.h>

void kg_problems_add(kg_problems *problems, const char *format, ...) {
    if (problems->tell && !kg_problems_enough(problems)) {
        char text[512];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        problems->tell(problems->context, text);
    }
    problems->count++;
}
