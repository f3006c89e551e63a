/* Runs a fuzz target without libFuzzer: over each file of the folders that are named,
 * over every prefix of the small ones, and over mutations that are the same every
 * time. */
#include "tests/test.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SMALL = 4096,
	MUTATIONS = 300,
	MUTATED_BYTES = 16 << 20, /* of all mutations of one file together */
	FILE_MAX = 64 << 20
};

/* A block of its own for each run, so that AddressSanitizer sees one byte too far. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static void mutate(uint8_t *data, size_t size, uint64_t *seed)
{
	static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff};

	for (uint64_t n = 1 + random_below(seed, 8); n; n--) {
		uint64_t at = random_below(seed, size);

		data[at] = random_below(seed, 2)
				   ? edges[random_below(seed, sizeof(edges))]
				   : (uint8_t)random_below(seed, 256);
	}
}

static void run_all(uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	uint64_t seed = 1;

	run(data, size);
	for (size_t n = 0; size <= SMALL && n < size; n++)
		run(data, n);
	for (size_t i = 0; size && i < MUTATIONS && i * size < MUTATED_BYTES; i++) {
		memcpy(copy, data, size);
		mutate(copy, size, &seed);
		run(copy, size);
	}
	free(copy);
}

static int run_file(const char *path)
{
	FILE *f = fopen(path, "re");
	uint8_t *data;
	size_t size;

	if (!f)
		return 0;
	data = malloc(FILE_MAX);
	size = fread(data, 1, FILE_MAX, f);
	fclose(f);
	fprintf(stderr, "%s: %zu bytes\n", path, size);
	run_all(data, size);
	free(data);
	return 1;
}

static int run_folder(const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort), ran = 0;

	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (*names[i]->d_name != '.')
			ran += run_file(path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return ran;
}

int main(int argc, char **argv)
{
	uint8_t noise[256];
	uint64_t seed = 3;
	int ran = 0;

	/* Without any seed at all there is still noise. */
	for (int i = 0; i < 100; i++) {
		for (size_t at = 0; at < sizeof(noise); at++)
			noise[at] = (uint8_t)random_below(&seed, 256);
		run(noise, (size_t)i);
	}
	for (int i = 1; i < argc; i++)
		ran += run_folder(argv[i]);
	fprintf(stderr, "%d files\n", ran);
	return 0;
}
