#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs as process 1 of a new mount and PID namespace and makes of it a machine of its own: /etc, /run, /home,
# /var/log and /dev are private, the rest is the real machine, read-only. Ends in init.py.
# Arguments: the clone, the machine's private folder, the file that says when it is up.
set -eu
clone=$1 folder=$2 up=$3
here=$clone/tests/stack

# hide TARGET MOUNT-ARGUMENT...: mounts over TARGET; should that be above the clone or the folder, those stay
# where they were.
hide() {
    target=$1
    shift
    mount "$@" "$target"
    for kept in "$clone" "$folder"; do
        case $kept in "$target"/*)
            mkdir -p "$kept"
            if [ "$kept" = "$clone" ]; then mount --rbind /run/keep/clone "$kept"; else mount --rbind /run/keep/folder "$kept"; fi
            ;;
        esac
    done
}

mkdir -p "$folder/home" "$folder/log"
touch "$folder/log/wtmp" "$folder/log/lastlog" "$folder/log/btmp"
chmod 660 "$folder/log/btmp"

mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run
mkdir -p /run/sshd /run/nslcd /run/sudo /run/lock /run/dev /run/services /run/mycred /run/keep/clone /run/keep/folder
: >/run/utmp
mount --rbind "$clone" /run/keep/clone
mount --rbind "$folder" /run/keep/folder

# In memory, so that no copy of /etc/shadow stays on the disk.
cp -a /etc/. /run/etc
mount --bind /run/etc /etc
hostname=$(cat /proc/sys/kernel/hostname)
grep -qwF "$hostname" /etc/hosts || echo "127.0.1.1 $hostname" >>/etc/hosts
sed -i -E 's/^(passwd|group|shadow):.*/\1: files ldap/' /etc/nsswitch.conf
cp -R "$folder/etc/." /etc
chmod 600 /etc/nslcd.conf
chmod 440 /etc/sudoers.d/mycred-demo

hide /home --bind "$folder/home"
hide /var/log --bind "$folder/log"
mount -t tmpfs -o mode=711 tmpfs /var/lib/sudo
mount --rbind /run/keep/folder "$folder"
case $folder in
/tmp/*) mount --bind /tmp /tmp && mount --rbind /run/keep/folder "$folder" ;;
*) hide /tmp -t tmpfs -o mode=1777,nosuid,nodev tmpfs ;;
esac

# A private /dev for the sake of /dev/log. A bind-mounted ptmx would not open, a new devpts would leave terminals
# from outside without a name.
mount -t tmpfs -o mode=755,nosuid tmpfs /run/dev
for device in null zero full random urandom tty; do
    : >"/run/dev/$device"
    mount --bind "/dev/$device" "/run/dev/$device"
done
mkdir /run/dev/pts /run/dev/shm
mount --rbind /dev/pts /run/dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs /run/dev/shm
mknod -m 666 /run/dev/ptmx c 5 2
ln -s /proc/self/fd /run/dev/fd
ln -s /proc/self/fd/0 /run/dev/stdin
ln -s /proc/self/fd/1 /run/dev/stdout
ln -s /proc/self/fd/2 /run/dev/stderr
mount --move /run/dev /dev

# Whoever becomes root in here cannot change the real machine by accident.
mount -o remount,bind,ro /

exec /usr/bin/python3 "$here/init.py" /var/log/syslog "$up"
