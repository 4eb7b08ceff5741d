/** PATH with the folders where `ip` and `iptables` lie, which a user's PATH may lack. */
export function systemPath(): string {
  return `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`;
}
