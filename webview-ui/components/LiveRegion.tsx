/** Read out quietly by a screen reader. While a dialog is open it must lie inside of it: all else is inert then. */
export function LiveRegion({ text }: { readonly text: string }) {
  return (
    <div class="visually-hidden" role="status">
      {text}
    </div>
  );
}
