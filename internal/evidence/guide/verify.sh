#!/bin/sh
# Checks the unpacked evidence pack in this folder with OpenSSL 3 alone; needs no network and no other software.
#
#   sh verify.sh [trusted-root.pem]
#
# Exit 0: every check passed. Exit 1: something is wrong, and each FAULT line names the file.
# VERIFY.md says what is checked here, and what only "countersign verify" checks.
set -u
LC_ALL=C
export LC_ALL

trusted=${1:-}
case $trusted in
'' | /*) ;;
*) trusted=$PWD/$trusted ;;
esac
cd "$(dirname "$0")" || exit 1

faults=0
fault() {
	faults=$((faults + 1))
	printf 'FAULT 错误: %s: %s\n' "$1" "$2"
}
die() {
	printf 'FAULT 错误: %s: %s\n' "$1" "$2"
	printf 'NOT VALID 无效\n'
	exit 1
}

case $(openssl version 2>/dev/null) in
'OpenSSL '[3-9]*) ;;
*) die openssl 'OpenSSL 3 or newer is required 需要 OpenSSL 3 或更新版本' ;;
esac
umask 077
tmp=${TMPDIR:-/tmp}/countersign-verify.$$
mkdir "$tmp" || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

sha256() { openssl dgst -sha256 -r <"$1" | cut -d ' ' -f 1; }

# text FILE KEY prints the string member KEY of a canonical JSON object on one line.
text() { sed -n 's/.*"'"$2"'":"\([^"]*\)".*/\1/p' "$1"; }
number() { sed -n 's/.*"'"$2"'":\([0-9][0-9]*\).*/\1/p' "$1"; }

# epoch TIME prints seconds since 1970 of 2026-11-23T01:02:03Z or of "Nov 23 01:02:03 2026 GMT".
epoch() {
	printf '%s\n' "$1" | awk '
	/^[0-9][0-9][0-9][0-9]-/ { y = substr($0, 1, 4); m = substr($0, 6, 2); d = substr($0, 9, 2); t = substr($0, 12, 8) }
	/^[A-Z]/ { y = $4; m = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3; d = $2; t = $3 }
	{
		y += 0; m += 0; d += 0
		if (m <= 2) { y--; m += 12 }
		days = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d - 1 - 719468
		split(t, p, ":")
		printf "%d\n", days * 86400 + p[1] * 3600 + p[2] * 60 + p[3]
	}'
}

only="-no-CApath -no-CAstore"

# frame CMS prints what a signature does not protect itself: versions, content type and algorithm names.
frame() {
	openssl asn1parse -inform DER -in "$1" 2>/dev/null | awk '
	{ d = $0; sub(/.*:d= */, "", d); d += 0 }
	d == 3 { certificates = /cont \[ 0 \]/ }
	!certificates && (/OBJECT/ && d <= 6 || /INTEGER/ && d <= 5) { sub(/.*:/, ""); printf "%s ", $0 }'
}

# signed CMS CONTENT TIME checks a detached CAdES signature; the signer's certificate is left in $tmp/signer.pem.
signed() {
	rm -f "$tmp/signer.pem"
	if ! openssl cms -verify -binary -cades -inform DER -in "$1" -content "$2" -CAfile "$tmp/ca.pem" $only \
		-attime "$(epoch "$3")" -signer "$tmp/signer.pem" -out /dev/null 2>"$tmp/err"; then
		fault "$1" "signature over $2 is not valid 签名无效: $(grep -o 'Verif.*\|digest.*\|verif.*' "$tmp/err" | tail -1)"
		return 1
	fi
	case $(frame "$1") in
	'pkcs7-signedData 01 sha256 pkcs7-data 01 sha256 ecdsa-with-SHA256 ') ;;
	'pkcs7-signedData 01 sha256 pkcs7-data 01 sha256 sha256WithRSAEncryption ') ;;
	*)
		fault "$1" 'signature file was changed 签名文件已被改动'
		return 1
		;;
	esac
	revoked "$1" "$(epoch "$3")"
}

# revoked CMS TIME looks the signer up in the revocation lists, and leaves its serial and name in $tmp/who.
revoked() {
	openssl x509 -in "$tmp/signer.pem" -noout -serial -subject -nameopt multiline,-esc_msb,utf8 >"$tmp/who"
	own=$(sed -n 's/^serial=//p' "$tmp/who")
	[ "$crl_from" -ge "$(($2 - 300))" ] || fault "$1" 'no revocation list younger than the signature 缺少签署之后的吊销列表'
	while read -r s date; do
		[ "$s" = "$own" ] || continue
		if [ "$(epoch "$date")" -le "$2" ]; then
			fault "$1" "the certificate was revoked before the signature 签署时证书已被吊销 ($date)"
		else
			printf 'note 说明: %s: the certificate was revoked after the signature 证书在签署之后被吊销 (%s)\n' "$1" "$date"
		fi
	done <"$tmp/revoked"
}

# subject FIELD prints one field of the signer's name.
subject() { sed -n "s/^ *$1 *= //p" "$tmp/who"; }

# --- certificates -------------------------------------------------------------------------------------------------
for f in MANIFEST.json MANIFEST.p7s certs/root.pem certs/issuing.pem revocation/issuing.crl ticket.json audit.jsonl; do
	[ -f "$f" ] || die "$f" 'file is missing 文件缺失'
done
now=$(text MANIFEST.json created_at)
case $now in
????-??-??T??:??:??*Z) ;;
*) die MANIFEST.json 'the manifest was changed 清单已被改动' ;;
esac
openssl x509 -in certs/root.pem >"$tmp/ca.pem" 2>/dev/null || die certs/root.pem 'not a certificate 不是证书'
openssl verify $only -CAfile "$tmp/ca.pem" -attime "$(epoch "$now")" "$tmp/ca.pem" >/dev/null 2>&1 ||
	die certs/root.pem 'the root certificate was changed 根证书已被改动'
print=$(openssl x509 -in certs/root.pem -noout -fingerprint -sha256 | cut -d = -f 2)
if [ -n "$trusted" ]; then
	[ "$(openssl x509 -in "$trusted" -noout -fingerprint -sha256 | cut -d = -f 2)" = "$print" ] ||
		die certs/root.pem 'not the trusted root 不是指定的信任根'
fi
cp "$tmp/ca.pem" "$tmp/root.pem"
for f in certs/issuing*.pem; do
	if [ "$(grep -c BEGIN "$f")" = 1 ] &&
		openssl verify $only -CAfile "$tmp/root.pem" -attime "$(epoch "$now")" "$f" >/dev/null 2>&1; then
		openssl x509 -in "$f" >>"$tmp/ca.pem"
	else
		fault "$f" 'not issued by the root 不是由根证书签发'
	fi
done
crl_from=0
: >"$tmp/revoked"
for f in revocation/*.crl; do
	if openssl crl -inform DER -in "$f" -CAfile "$tmp/ca.pem" $only -noout 2>&1 | grep -q 'verify OK'; then
		from=$(epoch "$(openssl crl -inform DER -in "$f" -noout -lastupdate | cut -d = -f 2)")
		[ "$from" -gt "$crl_from" ] && crl_from=$from
		openssl crl -inform DER -in "$f" -noout -text |
			awk '/^ *Serial Number:/ { s = $3 } /^ *Revocation Date:/ { sub(/^ *Revocation Date: */, ""); print s, $0 }' >>"$tmp/revoked"
	else
		fault "$f" 'revocation list is not signed by the issuing authority 吊销列表无效'
	fi
done

# --- manifest and files -------------------------------------------------------------------------------------------
if signed MANIFEST.p7s MANIFEST.json "$now"; then
	[ "$(subject organizationalUnitName)/$(subject commonName)" = 'system/filing seal' ] ||
		fault MANIFEST.p7s 'not signed by the filing key 不是归档签章'
else
	fault MANIFEST.json 'the manifest or its signature was changed 清单或其签名已被改动'
fi
awk '{
	s = substr($0, index($0, "\"files\":["))
	while (match(s, /[{]"path":"[^"]*","sha256":"[0-9a-f]*","size":[0-9]*[}]/)) {
		split(substr(s, RSTART, RLENGTH), p, "\"")
		print p[8], p[4]
		s = substr(s, RSTART + RLENGTH)
	}
}' MANIFEST.json >"$tmp/files"
[ -s "$tmp/files" ] || fault MANIFEST.json 'lists no files 清单没有文件'
while read -r sum path; do
	if [ ! -f "$path" ] || [ -L "$path" ]; then
		fault "$path" 'file is missing 文件缺失'
	elif [ "$(sha256 "$path")" != "$sum" ]; then
		fault "$path" 'file was changed 文件已被改动'
	fi
done <"$tmp/files"
{
	cut -d ' ' -f 2 "$tmp/files"
	printf 'MANIFEST.json\nMANIFEST.p7s\n'
} | sort >"$tmp/listed"
find . ! -type d | sed 's|^\./||' | sort | comm -13 "$tmp/listed" - >"$tmp/extra"
while IFS= read -r path; do
	fault "$path" 'file is not in the manifest 清单未列出的文件'
done <"$tmp/extra"

# --- signatures, in signing order ---------------------------------------------------------------------------------
awk '{
	s = substr($0, index($0, "\"signature_files\":["))
	while (match(s, /[{]"cms":"[^"]*"[^}]*"statement":"[^"]*"[^}]*[}]/)) {
		o = substr(s, RSTART, RLENGTH)
		split(o, p, "\"")
		cms = p[4]
		sub(/.*"statement":"/, "", o)
		sub(/".*/, "", o)
		print cms, o
		s = substr(s, RSTART + RLENGTH)
	}
}' MANIFEST.json >"$tmp/signatures"
previous=
: >"$tmp/acts"
while read -r cms statement; do
	at=$(text "$statement" signed_at)
	if signed "$cms" "$statement" "$at"; then
		for pair in serialNumber:person commonName:person_name organizationName:organisation_name; do
			[ "$(subject "${pair%:*}")" = "$(text "$statement" "${pair#*:}" | sed 's/\\\(.\)/\1/g')" ] ||
				fault "$cms" "the certificate's ${pair%:*} is not the statement's ${pair#*:} 证书持有人与声明不符"
		done
	fi
	[ "$(text "$statement" previous_signature)" = "$previous" ] ||
		fault "$statement" 'does not name the signature before it 与上一签名不相连'
	previous=$(sha256 "$cms")
	form=revisions/$(printf '%03d' "$(number "$statement" revision)").json
	[ -f "$form" ] && [ "$(sha256 "$form")" = "$(text "$statement" form_sha256)" ] ||
		fault "$form" "does not fit the digest in $statement 与声明中的表单摘要不符"
	[ "$(text "$statement" ticket)" = "$(text MANIFEST.json ticket)" ] || fault "$statement" 'belongs to another ticket 属于另一工单'
	party=$(sed -n 's/.*"party":"\([a-z]*\)","person":.*/\1/p' "$statement")
	for id in $(text "$statement" person) $(text "$statement" on_behalf_of); do
		printf '%s %s\n' "$id" "$party" >>"$tmp/acts"
		case $(sed -n 's/.*"drafters":\[\([^]]*\)\].*/\1/p' "$statement") in
		*"\"$id\""*) fault "$statement" "drafter $id takes part in signing 起草人参与签署" ;;
		esac
	done
	printf 'signed 签名: %s %s %s %s %s\n' "$at" "$party" "$(text "$statement" person_name)" "$(text "$statement" step)" "$(text "$statement" decision)"
done <"$tmp/signatures"
for id in $(sort -u "$tmp/acts" | cut -d ' ' -f 1 | uniq -d); do
	fault signatures "person $id signs for two parties 同一人员代表两方签署"
done

# --- audit chain --------------------------------------------------------------------------------------------------
previous=
seq=0
hash=
while IFS= read -r line; do
	seq=$((seq + 1))
	printf '%s' "$line" >"$tmp/line"
	hash=$(text "$tmp/line" hash)
	sed 's/\(.*\)"hash":"[0-9a-f]*"/\1"hash":""/' "$tmp/line" | tr -d '\n' >"$tmp/unhashed"
	if [ "$(text "$tmp/line" prev)" != "$previous" ] || [ "$(number "$tmp/line" seq)" != "$seq" ] ||
		[ "$(sha256 "$tmp/unhashed")" != "$hash" ]; then
		fault audit.jsonl "entry $seq breaks the chain 第 $seq 条记录使链断开"
		break
	fi
	previous=$hash
done <audit.jsonl
grep -q -F "{\"chain\":\"$(text MANIFEST.json ticket)\",\"hash\":\"$hash\",\"seq\":$seq}" audit-checkpoint.json ||
	fault audit-checkpoint.json 'does not cover the last entry of audit.jsonl 检查点没有包含审计日志末条'
if signed audit-checkpoint.p7s audit-checkpoint.json "$(text audit-checkpoint.json at)"; then
	[ "$(subject organizationalUnitName)/$(subject commonName)" = 'system/audit checkpoint' ] ||
		fault audit-checkpoint.p7s 'not signed by the audit key 不是审计签名'
fi

printf 'root certificate SHA-256 根证书指纹: %s\n' "$print"
[ -n "$trusted" ] || printf 'Compare it with the published one. 请与系统运营方公布的指纹核对。\n'
if [ "$faults" -gt 0 ]; then
	printf 'NOT VALID 无效: %s\n' "$faults"
	exit 1
fi
printf 'VALID 有效\n'
