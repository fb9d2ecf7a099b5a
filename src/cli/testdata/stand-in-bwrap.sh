#!/bin/sh
# Stands in for bubblewrap where a machine has none, so that the tests below run what they say: it takes the arguments that
# bwrap takes and does the same by unshare(1), mount(8) and setpriv(1) of util-linux. Without seccomp. Never part of the product.
set -eu
if [ "${1-}" = --version ]; then echo 'bubblewrap 0.8.0 (stand-in)'; exit 0; fi
if [ "${STAND_IN-}" != inside ]; then
  net=--net
  for argument in "$@"; do
    [ "$argument" = --share-net ] && net=
    [ "$argument" = -- ] && break
  done
  STAND_IN=inside exec unshare --user --map-root-user --mount --pid --ipc --uts --cgroup $net --fork --kill-child "$0" "$@"
fi
unset STAND_IN
root=$(mktemp -d)
mount -t tmpfs -o size=1m none "$root"
size=
environment=
chdir=/
bind() { # mode from to
  if [ -d "$2" ]; then mkdir -p "$root$3"; else mkdir -p "$(dirname "$root$3")"; : >"$root$3"; fi
  mount --rbind "$2" "$root$3"
  [ "$1" = ro ] && mount -o remount,bind,ro,nosuid,nodev "$root$3"
  return 0
}
late=
while [ "$1" != -- ]; do
  case "$1" in
    --ro-bind) bind ro "$2" "$3"; shift 3 ;;
    --ro-bind-try) [ -e "$2" ] && bind ro "$2" "$3"; shift 3 ;;
    --bind) bind rw "$2" "$3"; shift 3 ;;
    --symlink) ln -s "$2" "$root$3"; shift 3 ;;
    --proc) mkdir -p "$root$2"; mount -t proc proc "$root$2"; shift 2 ;;
    --dev)
      mkdir -p "$root$2"; mount -t tmpfs -o size=1m,mode=755 none "$root$2"; mkdir "$root$2/shm"
      for node in null zero full random urandom; do : >"$root$2/$node"; mount --bind "/dev/$node" "$root$2/$node"; done
      shift 2 ;;
    --size) size=$2; shift 2 ;;
    --tmpfs) mkdir -p "$root$2"; mount -t tmpfs -o "size=$size,mode=1777" none "$root$2"; shift 2 ;;
    --remount-ro) late="$late $2"; shift 2 ;;
    --setenv) environment="$environment $2=$3"; shift 3 ;;
    --chdir) chdir=$2; shift 2 ;;
    --hostname) hostname "$2"; shift 2 ;;
    --uid | --gid | --cap-drop | --seccomp) shift 2 ;;
    --unshare-user | --unshare-all | --share-net | --disable-userns | --new-session | --die-with-parent | --clearenv) shift ;;
    *) echo "bwrap: unknown argument $1" >&2; exit 1 ;;
  esac
done
shift
for path in $late; do mount -o remount,bind,ro "$root$path"; done
# No namespace within, and no way back to the old root: its mount is let go before the command begins.
echo 0 >/proc/sys/user/max_user_namespaces
mkdir -p "$root/tmp/.old"
cd "$root"
pivot_root . tmp/.old
umount -l /tmp/.old
rmdir /tmp/.old
cd "$chdir"
# As bwrap does, the first process stays and the command is its child, so that a signal ends the command.
set +e
env -i $environment setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all "$@"
exit $?
