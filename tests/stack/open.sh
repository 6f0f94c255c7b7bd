#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a command in a mount namespace of its own in which everybody may pass to the clone and to the stack's folder,
# also where they lie in somebody's closed folder such as /root: httpd's children are no root.
# Arguments: the clone, the stack's folder, the command.
set -eu
clone=$1 folder=$2
shift 2

# The first folder on the way that others may not pass, if any.
closed() {
    path=
    rest=${1#/}/
    while [ -n "$rest" ]; do
        path=$path/${rest%%/*}
        rest=${rest#*/}
        case $(stat -c %A "$path") in
        *x | *t) ;;
        *)
            echo "$path"
            return
            ;;
        esac
    done
}

mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/clone /mnt/folder
mount --rbind "$clone" /mnt/clone
mount --rbind "$folder" /mnt/folder
for place in "$clone" "$folder"; do
    shut=$(closed "$(dirname "$place")")
    [ -z "$shut" ] || mount -t tmpfs -o mode=755 tmpfs "$shut"
done
mkdir -p "$clone" "$folder"
mount --rbind /mnt/clone "$clone"
mkdir -p "$folder"
mount --rbind /mnt/folder "$folder"
exec "$@"
