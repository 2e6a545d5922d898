import { useSignal } from '@preact/signals';
import { environment, tasks } from './store.ts';

const COPIED_MS = 1500;

/** The command line's words for this stack, ready to be pasted. */
export function CommandsPanel() {
  const chosen = useSignal('');
  const task = tasks.value.find(({ name }) => name === chosen.value) ?? tasks.value[0];
  if (task === undefined) return <></>;
  const variables = Object.entries(environment.value).map(([name, value]) => `${name}=${value}`);
  const commands = [
    `export ${variables.join(' ')}`,
    'tools/cli/bi-cron doctor',
    `tools/cli/bi-cron run ${task.name} --dry-run`,
    `tools/cli/bi-cron send ${task.name} --url ${task.url}`,
  ];
  return (
    <section class="panel commands" aria-labelledby="commands-title">
      <header class="panel-head">
        <h2 id="commands-title">From the command line</h2>
        <select
          aria-label="Task of the commands"
          value={task.name}
          onInput={({ currentTarget }) => (chosen.value = currentTarget.value)}
        >
          {tasks.value.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </header>
      <ul>
        {commands.map((command) => (
          <Command key={command} text={command} />
        ))}
      </ul>
    </section>
  );
}

function Command({ text }: { text: string }) {
  const isCopied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    isCopied.value = true;
    setTimeout(() => (isCopied.value = false), COPIED_MS);
  };
  return (
    <li>
      <code>{text}</code>
      <button type="button" aria-label={`Copy: ${text}`} onClick={() => void copy()}>
        {isCopied.value ? 'Copied' : 'Copy'}
      </button>
    </li>
  );
}
