/** Version of this package, as every log.open says it. A test holds it to package.json. */
export const version = '0.1.0';
