// For older browsers, Vite would add variables with which it replaces light-dark(), and the package does not use that.
export const CSS_TARGET = ["chrome123", "firefox121", "safari17.5"];
