// What happens on the device while it is watched.

import { Desktop } from '../parts/desktop.ts';

/** Cells of the small terminal that answers keys, in pixels of the device's screen. */
export const answer = { x: 4, y: 4, width: 320, height: 44 };

/** Writes a block at the first cell for one key and takes it away for the next, as an editor shows a character. */
const answerKeys = `
stty raw -echo
printf '\\033[?25l\\033[2J'
while IFS= read -r -n1 key; do
  shown=$((1 - shown))
  if [ $shown = 1 ]; then printf '\\033[H████'; else printf '\\033[H    '; fi
done`;

/** Thirty lines of changing text a second. */
const scroll = `
i=0
while :; do
  i=$((i + 1))
  printf '%06d The quick brown fox jumps over the lazy dog; %s\\n' $i "$(head -c 45 /dev/urandom | base64 -w0)"
  read -t 0.033 -u 3
done 3<> <(:)`;

const look = ['-b', '2', '-fa', 'DejaVu Sans Mono', '-fs', '12', '+sb', '-bg', 'white', '-fg', 'black'];

/** A terminal at the upper left that shows every key at once. */
export async function startAnswering(desktop: Desktop): Promise<void> {
  desktop.start('answer', 'xterm', [...look, '-T', 'answer', '-geometry', '34x3+0+0', '-e', 'bash', '-c', answerKeys]);
  await desktop.window('^answer$');
}

/** A terminal below it in which text scrolls without end. */
export async function startScrolling(desktop: Desktop): Promise<void> {
  const columns = Math.floor((desktop.width - 40) / 10);
  const rows = Math.floor((desktop.height - 160) / 20);
  desktop.start('scroll', 'xterm', [...look, '-T', 'scroll', '-geometry', `${columns}x${rows}+0+130`, '-e', 'bash', '-c', scroll]);
  await desktop.window('^scroll$');
}
