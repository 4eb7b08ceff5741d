/* The floor of VERSION: a static program that does nothing. */
int main(void) { return 0; }
