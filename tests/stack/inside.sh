#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs as process 1 of a new mount and PID namespace and makes of it a machine of its own: /etc, /run, /home,
# /var/log, /tmp and /dev are private, the rest is the real machine, read-only. Ends in init.py.
# Arguments: the clone, the stack's folder, the machine's folder in it, the file that says when it is up.
set -eu
clone=$1 folder=$2 machine=$3 up=$4
here=$clone/tests/stack

# The clone stays readable and the stack's folder writable in their places, whatever is mounted over those above.
restore() {
    mkdir -p "$clone"
    mount --rbind /run/keep/clone "$clone"
    mount -o remount,bind,ro "$clone"
    mkdir -p "$folder"
    mount --rbind /run/keep/folder "$folder"
}

mkdir -p "$machine/home" "$machine/log"
touch "$machine/log/wtmp" "$machine/log/lastlog" "$machine/log/btmp"
chmod 660 "$machine/log/btmp"

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
cp -R "$machine/etc/." /etc
chmod 600 /etc/nslcd.conf
chmod 440 /etc/sudoers.d/mycred-demo

kept=/run/keep/folder/${machine#"$folder"/}
mount --bind "$kept/home" /home
mount --bind "$kept/log" /var/log
mount -t tmpfs -o mode=711 tmpfs /var/lib/sudo
case $folder in
/tmp/*) mount --bind /tmp /tmp ;;
*) mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs /tmp ;;
esac
restore

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
