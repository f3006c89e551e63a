#include "tests/test.h"

#include "fold/container.h"

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "6e3a0445_61f2_4b1e_a689_712bc1c8cf47"

static void assert_name(const char *path, const char *expected)
{
	char name[CONTAINER_NAME_MAX];

	container_name(name, sizeof(name), path);
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
	container_name(name, sizeof(name), "/docker/" ID);
	assert_string_equal(name, "docker ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers_of_docker_and_podman),
		cmocka_unit_test(containers_of_kubernetes),
		cmocka_unit_test(containers_with_names),
		cmocka_unit_test(units_of_the_host),
		cmocka_unit_test(unknown_groups),
		cmocka_unit_test(odd_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
