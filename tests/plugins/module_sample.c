__attribute__((visibility("default"))) int kg_sample_answer(void);

int kg_sample_answer(void) {
    return 42;
}
