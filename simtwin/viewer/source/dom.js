// Makes elements. Text is always set as text, so a name with markup in it is shown as it is.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A list to choose from. Used with a pointer it hands the keys back; with keys it keeps them. */
export function choice(label, options, chosen, changed) {
  const select = make("select", { "aria-label": label });
  let pointed = false;
  select.addEventListener("pointerdown", () => (pointed = true));
  select.addEventListener("keydown", () => (pointed = false));
  select.addEventListener("change", () => {
    changed(select.value);
    if (pointed) select.closest("[role=region]")?.focus({ preventScroll: true });
    pointed = false;
  });
  for (const [value, text] of options) select.append(make("option", { value, text }));
  select.value = chosen;
  return select;
}
