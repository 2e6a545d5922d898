import { post } from './call-api.ts';
import { faults } from './store.ts';

/** What can be broken on purpose, by part. */
export function FaultsPanel() {
  const parts = [...new Set(faults.value.map(({ part }) => part))];
  return (
    <section class="panel faults" aria-labelledby="faults-title">
      <header class="panel-head">
        <h2 id="faults-title">Break something</h2>
      </header>
      {parts.map((part) => (
        <fieldset key={part}>
          <legend>{part}</legend>
          {faults.value
            .filter((fault) => fault.part === part)
            .map(({ name, title, hint, isOn }) => (
              <button
                type="button"
                key={name}
                role="switch"
                aria-checked={isOn}
                data-fault={name}
                class="switch"
                onClick={() => post(`/api/faults/${name}`, { isOn: !isOn })}
              >
                <i aria-hidden="true" />
                <span>
                  {title}
                  <small>{hint}</small>
                </span>
              </button>
            ))}
        </fieldset>
      ))}
    </section>
  );
}
