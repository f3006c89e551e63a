# The groups of containers.sh in a hierarchy of version 1.
version=1
. /cases/containers.sh
