import type { ButtonHTMLAttributes, ReactNode } from 'react';
import './controls.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'plain' | 'main' | 'quiet' | 'danger';
  /** Of a button that shows an icon only: what it is called. */
  readonly label?: string;
  readonly children: ReactNode;
}

/** A button. */
export function Button({ look = 'plain', label, className = '', children, ...rest }: ButtonProps): ReactNode {
  const looks = ['button', ...(look === 'plain' ? [] : [`button-${look}`]), ...(label === undefined ? [] : ['button-icon'])];
  return (
    <button type="button" className={`${looks.join(' ')} ${className}`} aria-label={label} title={label} {...rest}>
      {children}
    </button>
  );
}
