import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Button } from './button.tsx';
import './controls.css';

interface PopoverProps {
  /** What stands on the button. */
  readonly button: ReactNode;
  readonly title: string;
  readonly look?: 'plain' | 'quiet';
  /** The side of the button that the panel keeps to. */
  readonly side?: 'start' | 'end';
  readonly children: (close: () => void) => ReactNode;
}

/** A button that opens a panel below itself; Esc, a click elsewhere and the focus going elsewhere close it. */
export function Popover({ button, title, look = 'plain', side = 'end', children }: PopoverProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const panelId = useId();
  useEffect(() => {
    if (!isOpen) return undefined;
    const onPointer = (event: PointerEvent): void => {
      if (event.target instanceof Node && root.current?.contains(event.target) === false) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointer);
    return () => document.removeEventListener('pointerdown', onPointer);
  }, [isOpen]);
  const close = (): void => {
    setOpen(false);
    root.current?.querySelector('button')?.focus();
  };
  return (
    <div
      ref={root}
      className={side === 'start' ? 'popover popover-start' : 'popover'}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return;
        event.stopPropagation();
        close();
      }}
      onBlur={({ relatedTarget }) => {
        if (relatedTarget instanceof Node && root.current?.contains(relatedTarget) === false) setOpen(false);
      }}
    >
      <Button look={look} aria-expanded={isOpen} aria-controls={panelId} title={title} onClick={() => setOpen(!isOpen)}>
        {button}
      </Button>
      {isOpen && (
        <div id={panelId} className="popover-panel" role="group" aria-label={title}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
