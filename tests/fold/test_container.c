#include "tests/test.h"

#include "fold/container.h"

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "6e3a0445_61f2_4b1e_a689_712bc1c8cf47"

static void assert_name(const char *path, const char *expected)
{
	char name[CONTAINER_NAME_MAX];

	container_name(name, sizeof(name), path, &(struct container_infos){0});
	assert_string_equal(name, expected);
}

static void containers_of_docker_and_podman(void **state)
{
	(void)state;
	assert_name("/docker/" ID, "docker 0123456789ab");
	assert_name("/system.slice/docker-" ID ".scope", "docker 0123456789ab");
	assert_name("/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID
		    ".scope",
		    "docker 0123456789ab");
	assert_name("/system.slice/docker-" ID ".scope/system.slice/nginx.service",
		    "docker 0123456789ab nginx.service");
	assert_name("/libpod_parent/libpod-" ID, "podman 0123456789ab");
	assert_name("/machine.slice/libpod-" ID ".scope", "podman 0123456789ab");
	assert_name("/machine.slice/libpod-" ID ".scope/container",
		    "podman 0123456789ab");
	assert_name("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		    ".scope/container",
		    "podman 0123456789ab");
	assert_name("/machine.slice/machine-libpod_pod_" ID ".slice/libpod-" ID ".scope",
		    "podman 0123456789ab pod 0123456789ab");
	assert_name("/machine.slice/libpod-conmon-" ID ".scope",
		    "conmon of podman 0123456789ab");
}

static void containers_of_kubernetes(void **state)
{
	(void)state;
	assert_name("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD
		    ".slice/cri-containerd-" ID ".scope",
		    "containerd 0123456789ab pod 6e3a0445");
	assert_name("/kubepods.slice/kubepods-pod" POD ".slice/crio-" ID
		    ".scope/container",
		    "cri-o 0123456789ab pod 6e3a0445");
	assert_name("/kubepods/besteffort/pod6e3a0445-61f2-4b1e-a689-712bc1c8cf47/" ID,
		    "container 0123456789ab pod 6e3a0445");
	assert_name(
		"/kubepods/burstable/pod6e3a0445-61f2-4b1e-a689-712bc1c8cf47/crio-" ID,
		"cri-o 0123456789ab pod 6e3a0445");
	assert_name("/system.slice/containerd.service/kubepods-burstable-pod" POD
		    ".slice:cri-containerd:" ID,
		    "containerd 0123456789ab");
	/* kind: the innermost container counts */
	assert_name(
		"/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/"
		"kubelet-kubepods-pod" POD ".slice/cri-containerd-"
		"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210.scope",
		"containerd fedcba987654 pod 6e3a0445");
	assert_name("/ecs/9f3c2c3a7b5d4e6f/" ID, "ecs 0123456789ab");
}

static void containers_with_names(void **state)
{
	(void)state;
	assert_name("/lxc.payload.web", "lxc web");
	assert_name("/lxc.payload.web/system.slice/nginx.service",
		    "lxc web nginx.service");
	assert_name("/lxc/101/ns/system.slice/nginx.service", "lxc 101 nginx.service");
	assert_name("/lxc.monitor.web", "monitor of lxc web");
	assert_name("/machine.slice/systemd-nspawn@web.service/payload", "nspawn web");
	assert_name("/machine.slice/machine-web\\x2d1.scope/payload/system.slice/"
		    "nginx.service",
		    "nspawn web-1 nginx.service");
	assert_name("/machine.slice/machine-qemu\\x2d3\\x2dweb.scope/libvirt/emulator",
		    "qemu 3-web");
}

#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static void assert_named(const struct container_info *info, const char *path,
			 const char *expected)
{
	char name[CONTAINER_NAME_MAX];

	container_name(name, sizeof(name), path, &(struct container_infos){info, 1});
	assert_string_equal(name, expected);
}

static void names_beside_ids(void **state)
{
	static const struct container_info web = {.key = ID, .name = "web"};
	static const struct container_info pod = {
		.key = ID, .name = "nginx", .pod = "web-7d9f", .pod_namespace = "shop"};

	(void)state;
	assert_named(&web, "/docker/" ID, "docker web (0123456789ab)");
	assert_named(&web, "/docker/" OTHER, "docker fedcba987654");
	assert_named(&web, "/system.slice/docker-" ID ".scope/system.slice/nginx.service",
		     "docker web (0123456789ab) nginx.service");
	assert_named(&web, "/machine.slice/libpod-conmon-" ID ".scope",
		     "conmon of podman web (0123456789ab)");
	/* a pod's id is before the container's */
	assert_named(&web,
		     "/machine.slice/machine-libpod_pod_" OTHER ".slice/libpod-" ID
		     ".scope/container",
		     "podman web (0123456789ab) pod fedcba987654");
	assert_named(&web, "/libpod_parent/" OTHER "/libpod-" ID,
		     "podman web (0123456789ab)");
	assert_named(&pod,
		     "/kubepods.slice/kubepods-pod" POD ".slice/cri-containerd-" ID
		     ".scope",
		     "containerd nginx (0123456789ab) pod shop/web-7d9f (6e3a0445)");
}

/* The groups within a container have the names that it likes. */
static void names_of_the_outermost_container(void **state)
{
	static const struct container_info kind = {.key = ID, .name = "kind"};
	static const struct container_info both[] = {{.key = OTHER, .name = "db"},
						     {.key = ID, .name = "web"}};
	const struct container_infos infos = {both, 2};
	char name[CONTAINER_NAME_MAX];

	(void)state;
	assert_named(&kind,
		     "/docker/" ID "/kubelet.slice/kubelet-pod" POD
		     ".slice/cri-containerd-" OTHER ".scope",
		     "containerd fedcba987654 pod 6e3a0445 in kind");
	container_name(name, sizeof(name), "/docker/" ID "/docker/" OTHER, &infos);
	assert_string_equal(name, "docker fedcba987654 in web");
	assert_named(&kind, "/lxc.payload.evil/docker/" ID, "docker 0123456789ab");
}

static void host_names(void **state)
{
	static const struct container_info a = {.key = "/docker/" ID, .host_name = "x"};
	static const struct container_info b = {.key = "/batch/night", .host_name = "x"};
	static const struct container_info c = {.key = "/payload", .host_name = "x"};

	(void)state;
	assert_named(&a, "/docker/" ID, "docker 0123456789ab (host name x)");
	assert_named(&b, "/batch/night", "container batch/night (host name x)");
	assert_named(&b, "/batch/nights", "host batch/nights");
	assert_named(&c, "/payload", "nspawn payload (host name x)");
}

/* systemd-nspawn --keep-unit */
static void payloads(void **state)
{
	(void)state;
	assert_name("/payload", "nspawn payload");
	assert_name("/payload/system.slice/nginx.service",
		    "nspawn payload nginx.service");
	assert_name("/system.slice/web.service/payload", "nspawn web.service");
	assert_name("/docker/" ID "/payload", "docker 0123456789ab");
}

static void from_inside(void **state)
{
	(void)state;
	assert_name("container web", "container web");
	assert_name("container web/", "container web");
	assert_name("container web/system.slice/nginx.service",
		    "container web nginx.service");
	assert_name("container web/docker/" ID, "docker 0123456789ab");
}

static void units_of_the_host(void **state)
{
	(void)state;
	assert_name("/", "host");
	assert_name("/system.slice/nginx.service", "host nginx.service");
	assert_name("/system.slice/system-getty.slice/getty@tty1.service",
		    "host getty@tty1.service");
	assert_name("/init.scope", "host init.scope");
	assert_name("/user.slice/user-1000.slice/session-2.scope",
		    "host session 2 of uid 1000");
	assert_name("/user.slice/user-1000.slice/user@1000.service/app.slice/web.service",
		    "host web.service of uid 1000");
}

static void unknown_groups(void **state)
{
	(void)state;
	assert_name("", "unknown");
	assert_name("/../system.slice/nginx.service", "unknown");
}

static void odd_paths(void **state)
{
	char name[8];

	(void)state;
	assert_name("//docker//", "host docker//");
	assert_name("/batch/night", "host batch/night");
	assert_name("/system.slice", "host system.slice");
	assert_name("/docker-.scope", "host docker-.scope");
	assert_name("/machine-.scope", "host machine-.scope");
	assert_name("/pod", "host pod");
	container_name(name, sizeof(name), "/docker/" ID, &(struct container_infos){0});
	assert_string_equal(name, "docker ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers_of_docker_and_podman),
		cmocka_unit_test(containers_of_kubernetes),
		cmocka_unit_test(containers_with_names),
		cmocka_unit_test(names_beside_ids),
		cmocka_unit_test(names_of_the_outermost_container),
		cmocka_unit_test(host_names),
		cmocka_unit_test(payloads),
		cmocka_unit_test(from_inside),
		cmocka_unit_test(units_of_the_host),
		cmocka_unit_test(unknown_groups),
		cmocka_unit_test(odd_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
