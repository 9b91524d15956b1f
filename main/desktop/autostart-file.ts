import { join } from 'node:path'

/** Name of the file; the same as that of the installed application. */
const FILE = 'org.parley.Parley.desktop'

/** Where a desktop of Linux looks for what it starts at login (XDG autostart specification). */
export function autostartFile(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const config = env['XDG_CONFIG_HOME']
  // A relative path is to be ignored (XDG base directory specification).
  const base = config !== undefined && config.startsWith('/') ? config : join(home, '.config')
  return join(base, 'autostart', FILE)
}

/** What starts Parley again: the AppImage where it runs from one, since its inside is gone after a restart. */
export function startCommand(env: Readonly<Record<string, string | undefined>>, execPath: string, appPath: string | null): string[] {
  const image = env['APPIMAGE']
  if (image !== undefined && image.startsWith('/')) return [image]
  return appPath === null ? [execPath] : [execPath, appPath]
}

/** The file's content (desktop entry specification). */
export function autostartEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Version=1.0',
    'Name=Parley',
    'Comment=Voice assistant',
    'Comment[de]=Sprachassistent',
    `Exec=${command.map(quoted).join(' ')}`,
    'Icon=parley',
    'Terminal=false',
    'StartupNotify=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/** One argument of an Exec line: quoted, with what is special inside quotes escaped, then once more as a string of the file; `%` begins a field code. */
function quoted(argument: string): string {
  if (/[\n\r]/.test(argument)) throw new Error('A line break cannot stand in a desktop entry.')
  const plain = argument.replaceAll('%', '%%')
  if (/^[\w@%+=:,./-]+$/.test(plain)) return plain
  return `"${plain.replaceAll(/[\\"`$]/g, '\\$&').replaceAll('\\', '\\\\')}"`
}
