#!/bin/sh
# usage: make-secrets.sh [FOLDER]
#
# Makes what docker-compose.yml reads from deploy/secrets, with random passwords, tokens and webhook secrets. A file that is
# there already is kept.
#
# To renew tokens or webhook secrets, remove tokens.json or webhook-secrets.json, run this again and restart the starter: all of
# that file change at once. Nothing else may be renewed like this: the databases know the passwords since they were first made,
# so that a new file alone locks everybody out.
set -eu

folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
# The containers' users are not this user: those who may enter the folder may read the files in it.
umask 022
chmod 700 "$folder"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
webhook_secret() { printf 'whsec_%s' "$(head -c 32 /dev/urandom | base64 | tr -d '\n')"; }
# keep FILE: takes what to write from standard input unless the file is there.
keep() { if [ -e "$folder/$1" ]; then cat >/dev/null; else cat >"$folder/$1.new" && mv "$folder/$1.new" "$folder/$1"; fi; }

for owner in postgres muster-owner muster temporal; do
    random | keep "$owner-password"
done

printf 'MUSTER_DATABASE_URL=postgres://muster_owner:%s@postgres:5432/muster\n' "$(cat "$folder/muster-owner-password")" |
    keep owner.env
printf 'MUSTER_DATABASE_URL=postgres://muster:%s@postgres:5432/muster\n' "$(cat "$folder/muster-password")" |
    keep application.env
# The schema job and the server know the same password by different names.
printf 'SQL_PASSWORD=%s\nPOSTGRES_PWD=%s\n' "$(cat "$folder/temporal-password")" "$(cat "$folder/temporal-password")" |
    keep temporal.env

keep platform.env <<'EOT'
# The organisation's region and the OAuth client (client credentials) that Muster works with.
MUSTER_GENESYS_LOGIN_URL=https://login.mypurecloud.com
MUSTER_GENESYS_API_URL=https://api.mypurecloud.com
MUSTER_GENESYS_CLIENT_ID=
MUSTER_GENESYS_CLIENT_SECRET=
# A second client that can only read: it lists everybody for reconciliations. Without it there are none.
MUSTER_GENESYS_READER_CLIENT_ID=
MUSTER_GENESYS_READER_CLIENT_SECRET=
EOT

keep webhook-secrets.json <<EOT
{
  "WORKDAY": ["$(webhook_secret)"],
  "SUCCESSFACTORS": ["$(webhook_secret)"]
}
EOT

# Nobody is told of alerts until this names them: {"name": {"url": "https://…", "secret": "whsec_…"}}.
echo '{}' | keep alert-urls.json

keep tokens.json <<EOT
{
  "muster_$(random)": {"name": "ingest", "roles": ["ingest"]},
  "muster_$(random)": {"name": "viewer", "roles": ["viewer"]},
  "muster_$(random)": {"name": "operator", "roles": ["operator"]},
  "muster_$(random)": {"name": "approver", "roles": ["approver"]},
  "muster_$(random)": {"name": "team-lead", "roles": ["approver"]},
  "muster_$(random)": {"name": "legal", "roles": ["legal"]},
  "muster_$(random)": {"name": "auditor", "roles": ["auditor"]},
  "muster_$(random)": {"name": "registry-editor", "roles": ["registry-editor"]}
}
EOT
echo "$folder is complete; the platform's OAuth client goes into $folder/platform.env"
