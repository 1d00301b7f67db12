// Before the first drawing: the theme that was chosen here, if it is not the system's.
try {
  var theme = localStorage.getItem('cairn.theme')
  if (theme) document.documentElement.dataset.theme = theme
} catch {
  // No storage, no choice.
}
