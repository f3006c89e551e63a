/* The library that stacks loads while it runs. */
void plugin_run(void (*callback)(void));

__attribute__((noinline)) static void pass(void (*callback)(void))
{
	callback();
	__asm__ volatile("" ::: "memory");
}

void plugin_run(void (*callback)(void))
{
	pass(callback);
	__asm__ volatile("" ::: "memory");
}
