import type { ComponentChildren } from 'preact';
import type { RunDetail } from '../state.ts';

export function Panel({
  title,
  wide = false,
  children,
}: {
  title: string;
  wide?: boolean;
  children: ComponentChildren;
}) {
  return (
    <section class={wide ? 'panel is-wide' : 'panel'}>
      <header class="panel-head">
        <h2>{title}</h2>
      </header>
      {children}
    </section>
  );
}

export function Pairs({ pairs }: { pairs: readonly (readonly [string, string])[] }) {
  return (
    <dl class="pairs">
      {pairs.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A JSON value, indented; keys stand out. */
export function Json({ value }: { value: unknown }) {
  if (value === undefined || value === '') return <p class="empty">nothing</p>;
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  const parts = text.split(/("(?:[^"\\]|\\.)*"(?=:))/);
  return (
    <pre class="json" tabIndex={0}>
      {parts.map((part, index) => (index % 2 === 1 ? <b key={index}>{part.slice(1, -1)}</b> : part))}
    </pre>
  );
}

export function Verdicts({ verdicts }: { verdicts: RunDetail['answers'][number]['verdicts'] }) {
  return (
    <table class="verdicts">
      <thead>
        <tr>
          <th scope="col">Sender</th>
          <th scope="col">gets</th>
          <th scope="col">and then</th>
        </tr>
      </thead>
      <tbody>
        {verdicts.map(({ sender, status, verdict }) => (
          <tr key={sender}>
            <th scope="row">{sender}</th>
            <td>{status ?? 'no answer'}</td>
            <td>{verdict}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
