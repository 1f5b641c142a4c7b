// @ts-check
/**
 * Says on the root which theme is shown: the one that was chosen, else the system's. It is no
 * module, because these run late enough for the other theme to be seen first.
 */
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const chosen = localStorage.getItem("striate-theme");
    document.documentElement.dataset.theme = chosen ?? (dark.matches ? "dark" : "light");
  };
  dark.addEventListener("change", show);
  show();
}
