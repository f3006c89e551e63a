/* A library without libc, so that it can be built for a machine that is not here. */
int outside(int x);
int elsewhere(int x);
int inside(int x);

int inside(int x)
{
	return outside(x) + elsewhere(x);
}
