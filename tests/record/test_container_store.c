/* The stores of container runtimes, in a folder of the test's own. */
#include "record/container/container_store.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "record/container/json.h"
#include "record/container/trusted_file.h"
#include "tests/files.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER	"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define NOBODY	65534
#define STORAGE "var/lib/containers/storage/overlay-containers/"

static char root[4096];

static int root_make(void **state)
{
	int result = temp_dir_enter(state);

	return getcwd(root, sizeof(root)) ? result : -1;
}

/* Writes a file at a path of the root, and its folders. */
static void put(const char *path, const char *text)
{
	char command[1024];

	snprintf(command, sizeof(command), "mkdir -p \"$(dirname %s)\"", path);
	assert_int_equal(system(command), 0);
	file_write(path, text, strlen(text));
	assert_int_equal(chmod(path, 0600), 0);
}

static void assert_names(const char *name, const char *pod, const char *pod_namespace)
{
	struct container_names names;

	assert_true(container_store_find(root, ID, &names));
	assert_string_equal(names.name, name);
	assert_string_equal(names.pod, pod);
	assert_string_equal(names.pod_namespace, pod_namespace);
}

static void assert_none(void)
{
	struct container_names names;

	assert_false(container_store_find(root, ID, &names));
	assert_string_equal(names.name, "");
}

static void nothing_is_installed(void **state)
{
	(void)state;
	assert_none();
}

static void docker(void **state)
{
	(void)state;
	put("var/lib/docker/containers/" ID "/config.v2.json",
	    "{\"StreamConfig\":{},\"State\":{\"Name\":\"no\"},\"ID\":\"" ID
	    "\",\"Name\":\"/web\",\"Config\":{\"Labels\":{}}}");
	assert_names("web", "", "");
	put("var/lib/docker/containers/" ID "/config.v2.json",
	    "{\"Name\":\"/k8s_x\",\"Config\":{\"Labels\":{"
	    "\"io.kubernetes.container.name\":\"nginx\","
	    "\"io.kubernetes.pod.namespace\":\"shop\","
	    "\"io.kubernetes.pod.name\":\"web-1\"}}}");
	assert_names("nginx", "web-1", "shop");
}

static void another_folder_of_docker(void **state)
{
	(void)state;
	put("etc/docker/daemon.json", "{ \"data-root\": \"/data\" }");
	put("data/containers/" ID "/config.v2.json", "{\"Name\":\"/web\"}");
	assert_names("web", "", "");
}

static void kubernetes(void **state)
{
	(void)state;
	put("run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
	    "{\"hostname\":\"x\",\"annotations\":{"
	    "\"io.kubernetes.cri.container-name\":\"nginx\","
	    "\"io.kubernetes.cri.sandbox-name\":\"web-1\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}");
	assert_names("nginx", "web-1", "shop");
}

static void cri_o(void **state)
{
	(void)state;
	put("run/containers/storage/overlay-containers/" ID "/userdata/config.json",
	    "{\"annotations\":{\"io.kubernetes.container.name\":\"nginx\","
	    "\"io.kubernetes.pod.name\":\"web-1\","
	    "\"io.kubernetes.pod.namespace\":\"shop\"}}");
	assert_names("nginx", "web-1", "shop");
}

static void podman(void **state)
{
	(void)state;
	put(STORAGE "containers.json",
	    "[{\"id\":\"" OTHER "\",\"names\":[\"db\"],\"layer\":\"" ID "\"},\n"
	    " {\"id\":\"" ID "\", \"names\" : [ \"web\", \"other\" ] }]");
	assert_names("web", "", "");
	put("etc/containers/storage.conf",
	    "[storage]\n# graphroot = \"/no\"\n graphroot = \"/data/pod\"\n");
	assert_none();
	put("data/pod/overlay-containers/containers.json",
	    "[{\"id\":\"" ID "\",\"names\":[\"moved\"]}]");
	assert_names("moved", "", "");
}

/* Only root, or this user, may have written the file and its folders. */
static void files_of_others(void **state)
{
	const char *path = STORAGE "containers.json";

	(void)state;
	put(path, "[{\"id\":\"" ID "\",\"names\":[\"web\"]}]");
	assert_names("web", "", "");
	assert_int_equal(chmod(path, 0666), 0);
	assert_none();
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod("var/lib/containers", 0777), 0);
	assert_none();
	assert_int_equal(chmod("var/lib/containers", 0755), 0);
	assert_names("web", "", "");
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(path, NOBODY, 0), 0);
	assert_none();
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chown("var/lib/containers/storage", NOBODY, 0), 0);
	assert_none();
	assert_int_equal(chown("var/lib/containers/storage", 0, NOBODY), 0);
	assert_int_equal(chmod("var/lib/containers/storage", 0775), 0);
	assert_none();
}

static void links_and_devices(void **state)
{
	(void)state;
	put(STORAGE "list", "[{\"id\":\"" ID "\",\"names\":[\"web\"]}]");
	assert_int_equal(symlink("list", STORAGE "containers.json"), 0);
	assert_none();
	assert_int_equal(unlink(STORAGE "containers.json"), 0);
	assert_int_equal(mkfifo(STORAGE "containers.json", 0600), 0);
	assert_none();
	/* An administrator may link the folder. */
	assert_int_equal(unlink(STORAGE "containers.json"), 0);
	assert_int_equal(rename(STORAGE "list", STORAGE "containers.json"), 0);
	assert_int_equal(rename("var/lib/containers", "var/moved"), 0);
	assert_int_equal(symlink("../moved", "var/lib/containers"), 0);
	assert_names("web", "", "");
}

static void sizes(void **state)
{
	size_t size;
	scoped(mem_release) char *text = NULL;
	char path[8192];

	(void)state;
	put("file", "12345");
	snprintf(path, sizeof(path), "%s/file", root);
	assert_null(trusted_file_read(path, 4, &size));
	text = trusted_file_read(path, 5, &size);
	assert_non_null(text);
	assert_int_equal(size, 5);
	assert_null(trusted_file_read("file", 5, &size));
}

/* Damaged text has no names, and is never read beyond its end. */
static void damaged_text(void **state)
{
	static const char text[] = "[{\"a\":[1,{\"b\":\"\\\"}\"}],\"id\":\"" ID
				   "\",\"names\":[\"w\\u0065b\"]}]";

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *cut = mem_str(text, n);

		put(STORAGE "containers.json", cut);
		/* The name ends 3 bytes before the text. */
		if (n < sizeof(text) - 4)
			assert_none();
		mem_free(cut);
	}
	put(STORAGE "containers.json", text);
	assert_names("web", "", "");
}

static void strings(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
		{"\"a\\\"b\\\\\\/\"", "a\"b\\/"},
		{"\"\\u0041\\u00e9\\n\"", "A??"},
		{"\"\x1b[31m\"", "?[31m"},
		{"\"abcdefghijklmnop\"", "abcdefghijk"},
	};
	char text[12];

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		const char *json = cases[i].json;

		assert_true(json_string(json_of(json, strlen(json)), text, sizeof(text)));
		assert_string_equal(text, cases[i].text);
	}
	assert_false(json_string(json_of("12", 2), text, sizeof(text)));
	assert_false(json_string(json_of("\"a", 2), text, sizeof(text)));
}

static void nested_too_deeply(void **state)
{
	char text[400];
	struct json array, value;

	(void)state;
	memset(text, '[', sizeof(text));
	array = json_of(text, sizeof(text));
	assert_false(json_element(&array, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_installed, root_make,
						temp_dir_leave),
		cmocka_unit_test_setup_teardown(docker, root_make, temp_dir_leave),
		cmocka_unit_test_setup_teardown(another_folder_of_docker, root_make,
						temp_dir_leave),
		cmocka_unit_test_setup_teardown(kubernetes, root_make, temp_dir_leave),
		cmocka_unit_test_setup_teardown(cri_o, root_make, temp_dir_leave),
		cmocka_unit_test_setup_teardown(podman, root_make, temp_dir_leave),
		cmocka_unit_test_setup_teardown(files_of_others, root_make,
						temp_dir_leave),
		cmocka_unit_test_setup_teardown(links_and_devices, root_make,
						temp_dir_leave),
		cmocka_unit_test_setup_teardown(sizes, root_make, temp_dir_leave),
		cmocka_unit_test_setup_teardown(damaged_text, root_make, temp_dir_leave),
		cmocka_unit_test(strings),
		cmocka_unit_test(nested_too_deeply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
