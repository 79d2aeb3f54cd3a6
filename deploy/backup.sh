#!/bin/sh
# /usr/local/lib/qiangqu/backup.sh: a backup of the node into QIANGQU_BACKUPS while it works; those older than
# QIANGQU_BACKUP_DAYS (30) go once a new one is there. Copy the folder to another machine, and field_keys elsewhere
# (docs/operations/backup.md).
set -eu
umask 077
name="$QIANGQU_BACKUPS/qiangqu-$(date +%Y-%m-%d-%H%M%S)"

case "${QIANGQU_DATABASE_URL:-sqlite}" in
postgres*)
    unfinished="$QIANGQU_BACKUPS/.unfinished"
    rm -rf "$unfinished"
    mkdir "$unfinished"
    # the database first: a file of facts or telemetry that it lists stays for ten minutes after it was replaced
    pg_dump --format=custom --file="$unfinished/database" --dbname="$QIANGQU_DATABASE_URL"
    cd "$QIANGQU_HOME"
    set --
    for each in media lake/fact_rows lake/area_fact_rows lake/fact_out lake/telemetry lake/telemetry_hourly lake/messages secret_key; do
        if [ -e "$each" ]; then set -- "$@" "$each"; fi
    done
    # 1: a file changed or went while it was read (newer than the dump, or replaced before it)
    tar --create --gzip --file="$unfinished/files" -- "$@" || [ $? -eq 1 ]
    sync -f "$unfinished"
    mv "$unfinished/files" "$name.files.tar.gz"
    mv "$unfinished/database" "$name.dump"
    rmdir "$unfinished"
    ;;
*)
    qiangqu backup "$name.tar.gz"
    ;;
esac
find "$QIANGQU_BACKUPS" -maxdepth 1 -type f -name 'qiangqu-*' -mtime +"${QIANGQU_BACKUP_DAYS:-30}" -delete
