"""Another user, who prepares traps in a folder to which all users may write."""

import os
import stat
import unittest

NOBODY = 65534

needs_root = unittest.skipUnless(os.geteuid() == 0, "only root can act as two users")


def as_nobody(action):
    """Runs action() as another user, in a process of its own."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            action()
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1]:
        raise AssertionError("the other user could not act")


class Traps:
    """Mixin of tests: a folder like /tmp, and files of root that must not change."""

    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)
        self.shared = self.path("shared")
        os.mkdir(self.shared)
        os.chmod(self.shared, 0o1777)
        os.mkdir(self.path("private"))
        self.victim = self.write("private/victim", "precious")

    def trap(self, name):
        return os.path.join(self.shared, name)

    def plant_link(self, name, target=None):
        as_nobody(lambda: os.symlink(target or self.victim, self.trap(name)))
        return self.trap(name)

    def plant_fifo(self, name):
        as_nobody(lambda: (os.umask(0), os.mkfifo(self.trap(name), 0o666)))
        return self.trap(name)

    def plant_folder(self, name):
        as_nobody(lambda: os.mkdir(self.trap(name)))
        return self.trap(name)

    def assert_harmless(self, *names):
        """Nothing of root's has changed, and the shared folder holds only these names."""
        with open(self.victim, encoding="ascii") as f:
            self.assertEqual(f.read(), "precious")
        self.assertEqual(os.listdir(self.path("private")), ["victim"])
        self.assertEqual(sorted(os.listdir(self.shared)), sorted(names))


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)
